import type { Fields } from '#infra/lock/automation-lock.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';

/** Describes fields by class, the strictest first: `financial: iban; internal: total`. */
export function describeFields(fields: Fields): string {
  const byClass = Map.groupBy(Object.keys(fields), (field) => fields[field]);
  return DATA_CLASSES.toReversed()
    .filter((dataClass) => byClass.has(dataClass))
    .map((dataClass) => `${dataClass}: ${byClass.get(dataClass)?.join(', ')}`)
    .join('; ');
}
