import type { Fields } from '#infra/lock/automation-lock.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';

/** Fields by class, the most closely held first: `financial: iban; internal: total`. */
export function fieldsInWords(fields: Fields): string {
  const byClass = Map.groupBy(Object.keys(fields), (field) => fields[field]);
  return DATA_CLASSES.toReversed()
    .filter((dataClass) => byClass.has(dataClass))
    .map((dataClass) => `${dataClass}: ${byClass.get(dataClass)?.join(', ')}`)
    .join('; ');
}
