import type { AutomationDescription, FieldDescription } from '#shared/automation/index.ts';
import { type DataClass, formatMoney, type Json } from '#shared/kernel/index.ts';

/**
 * Deployed automations, by name. The build writes these descriptions, so the functions of the API
 * do not run code of an author.
 */
export type Descriptions = ReadonlyMap<string, AutomationDescription>;

export function byName(automations: readonly AutomationDescription[]): Descriptions {
  return new Map(automations.map((automation) => [automation.name, automation]));
}

/**
 * Returns the values of fields that the automation declares with one of these classes. The stored
 * document cannot choose which values are shown: fields that are not declared, or are declared with
 * another class, are left out.
 */
export function restrictToClasses(
  automation: AutomationDescription | undefined,
  classes: readonly DataClass[],
  values: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const declared: readonly FieldDescription[] = automation?.fields ?? [];
  return Object.fromEntries(
    declared.flatMap(({ name, class: dataClass }) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return value !== undefined && classes.includes(dataClass) ? [[name, value] as const] : [];
    }),
  );
}

/**
 * Formats the money amounts among `values`, by field name: `{ payable: 'EUR 10,797.98' }`. Returns
 * an empty object without the field `currency`, because a number alone is not an amount.
 */
export function amountsOf(
  automation: AutomationDescription | undefined,
  values: Readonly<Record<string, Json>>,
): Record<string, string> {
  const { currency } = values;
  if (typeof currency !== 'string') return {};

  return Object.fromEntries(
    (automation?.fields ?? []).flatMap(({ name, money }) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return money && typeof value === 'number'
        ? [[name, formatMoney(value, currency)] as const]
        : [];
    }),
  );
}
