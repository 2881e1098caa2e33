import * as z from 'zod/mini';
import { DATA_CLASSES, InvalidInputError } from '#shared/kernel/index.ts';
import { type AuthorityLock, FORMAT } from './lock.ts';

const texts = z.array(z.string());
const lists = z.record(z.string(), texts);
const fields = z.record(z.string(), z.enum(DATA_CLASSES));
const statement = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.optional(lists),
  Action: z.optional(texts),
  NotAction: z.optional(texts),
  Resource: z.optional(texts),
  Condition: z.optional(z.record(z.string(), lists)),
});
const data = {
  fields,
  whose: z.record(z.string(), z.string()),
  optional: texts,
  schemas: z.record(z.string(), z.string().check(z.regex(/^[0-9a-f]{64}$/))),
};
const fact = z.union([z.string(), z.number(), z.boolean()]);
const count = z.int().check(z.positive());
const automation = z.strictObject({
  version: count,
  definition: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  purpose: z.string(),
  supervisedBy: z.string(),
  subjects: z.record(z.string(), z.string()),
  ...data,
  records: z.record(
    z.string(),
    z.strictObject({
      of: z.optional(z.string()),
      ...data,
      balances: z._default(z.record(z.string(), z.int()), {}),
    }),
  ),
  gates: z.record(
    z.string(),
    z.strictObject({
      decidedBy: texts,
      waitsWhen: z.union([z.literal('always'), texts.check(z.minLength(1))]),
      shows: texts,
      expiresMs: count,
      covers: texts,
      onlyIf: texts,
    }),
  ),
  rules: z.record(
    z.string(),
    z.strictObject({
      reads: texts,
      settings: z.record(z.string(), z.nullable(z.union([fact, z.array(fact)]))),
      says: z.string(),
    }),
  ),
  steps: z.record(
    z.string(),
    z.strictObject({
      onlyIf: texts,
      supervisedBy: z.optional(texts),
      attempts: count,
      baseMs: count,
      capMs: count,
      timeoutMs: count,
    }),
  ),
  course: texts,
});
const policies = z.record(z.string(), z.array(statement));
const lock = z.strictObject({
  format: z.literal(FORMAT),
  automations: z.record(z.string(), automation),
  functions: z.record(
    z.string(),
    z.strictObject({
      kind: z.string(),
      effect: z.optional(z.enum(['none', 'internal', 'external'])),
      reads: fields,
      writes: fields,
      lookups: z.record(z.string(), fields),
      registers: texts,
      // older locks do not have reservations
      reserves: z._default(texts, []),
      draws: z._default(texts, []),
      secrets: texts,
      vendors: texts,
      hosts: texts,
      opens: texts,
      mints: texts,
      sendsTo: texts,
      receivesFrom: texts,
      role: z.string(),
      inside: z.boolean(),
      statements: z.array(statement),
    }),
  ),
  callers: policies,
  everyRole: policies,
  resources: policies,
});

/**
 * Parses a lock. Unknown members are refused, because an ignored member could hide a change.
 *
 * @param where - Name of the file, for error messages.
 * @throws `authority.lock-format`
 */
export function readLock(text: string, where: string): AuthorityLock {
  const refuse = (what: string): never => {
    throw new InvalidInputError(
      'authority.lock-format',
      `${where} cannot be compared: ${what}; it must be of format "${FORMAT}"`,
      {
        where,
      },
    );
  };

  let json: unknown;

  try {
    json = JSON.parse(text);
  } catch {
    return refuse('it is no JSON');
  }

  const { format } = (json ?? {}) as { readonly format?: unknown };
  if (format !== FORMAT)
    return refuse(
      typeof format === 'string' ? `it is of format "${format}"` : 'it names no format',
    );

  const read = z.safeParse(lock, json);

  return read.success
    ? read.data
    : refuse(`at ${read.error.issues[0]?.path.join(' › ') || 'its top'} it is not as it should be`);
}
