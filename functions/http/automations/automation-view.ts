import * as z from 'zod/mini';
import type { AutomationDescription } from '#shared/automation/index.ts';
import { ROLLOUTS } from '#shared/engine/index.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import { nameSchema } from '../schemas.ts';

const names = z.array(z.string());
const of = { name: nameSchema, version: z.int(), purpose: z.string() };

export const automationSummarySchema = z.strictObject(of);

/** Declaration of an automation. */
export const automationSchema = z.strictObject({
  ...of,
  /** SHA-256 (hex) of the whole declaration. Runs are pinned to it. */
  definition: z.string(),
  subjects: z.array(z.strictObject({ name: z.string(), knownBy: z.string() })),
  stages: names,
  fields: z.array(
    z.strictObject({
      name: z.string(),
      class: z.enum(DATA_CLASSES),
      /** Subject of the data. */
      of: z.optional(z.string()),
      /** True for input of a run; false for a field that a step writes. */
      input: z.boolean(),
      optional: z.boolean(),
      /** Amount in minor units of the field `currency`. */
      money: z.optional(z.literal(true)),
    }),
  ),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      effect: z.enum(['none', 'internal', 'external']),
      reads: names,
      writes: names,
      vendors: names,
      /** Names, never values. */
      secrets: names,
      lookups: names,
      registers: names,
      reserves: names,
      draws: names,
    }),
  ),
  gates: z.array(
    z.strictObject({
      name: z.string(),
      decidedBy: z.string(),
      shows: names,
      rules: z.array(z.strictObject({ name: z.string(), says: z.string() })),
      /** True if every run waits here, without rules. */
      waitsAlways: z.boolean(),
      expiresMs: z.int(),
    }),
  ),
  /** Role that decides on supervised external effects that no gate covers. */
  supervisedBy: z.string(),
});

export const rolloutSchema = z.strictObject({
  automation: nameSchema,
  workspace: nameSchema,
  rollout: z.enum(ROLLOUTS),
});

export function automationSummary({
  name,
  version,
  purpose,
}: AutomationDescription): z.output<typeof automationSummarySchema> {
  return { name, version, purpose };
}

export function automationView(
  automation: AutomationDescription,
): z.output<typeof automationSchema> {
  const { subjects, stages, fields, steps, gates, definition, supervisedBy } = automation;
  return {
    ...automationSummary(automation),
    definition,
    subjects: subjects.map((subject) => ({ ...subject })),
    stages: [...stages],
    fields: fields.map((field) => ({ ...field })),
    steps: steps.map(
      ({ reads, writes, vendors, secrets, lookups, registers, reserves, draws, ...step }) => ({
        ...step,
        reads: [...reads],
        writes: [...writes],
        vendors: [...vendors],
        secrets: [...secrets],
        lookups: [...lookups],
        registers: [...registers],
        reserves: [...reserves],
        draws: [...draws],
      }),
    ),
    gates: gates.map(({ shows, rules, ...gate }) => ({
      ...gate,
      shows: [...shows],
      rules: rules.map(({ name, says }) => ({ name, says })),
    })),
    supervisedBy,
  };
}
