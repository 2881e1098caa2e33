import * as z from 'zod/mini';
import type { AutomationDescription } from '#shared/automation/index.ts';
import { ROLLOUTS } from '#shared/engine/index.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import { nameSchema } from '../schemas.ts';

const names = z.array(z.string());
const of = { name: nameSchema, version: z.int(), purpose: z.string() };

export const automationSummarySchema = z.strictObject(of);

/** What an automation declares. */
export const automationSchema = z.strictObject({
  ...of,
  /** SHA-256 (hex) of everything declared: runs are pinned to it. */
  definition: z.string(),
  subjects: z.array(z.strictObject({ name: z.string(), knownBy: z.string() })),
  stages: names,
  fields: z.array(
    z.strictObject({
      name: z.string(),
      class: z.enum(DATA_CLASSES),
      /** The subject that it is about. */
      of: z.optional(z.string()),
      /** It comes with the start; otherwise a step writes it. */
      input: z.boolean(),
      optional: z.boolean(),
      /** An amount in minor units of the field `currency`. */
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
      /** No rule is asked: every run waits here. */
      waitsAlways: z.boolean(),
      expiresMs: z.int(),
    }),
  ),
  /**
   * The role that decides about external effects which no gate covers, while they are supervised.
   */
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
