import type { AutomationDescription, FieldDescription } from '#shared/automation/index.ts';
import { type DataClass, formatMoney, type Json } from '#shared/kernel/index.ts';

/**
 * The automations that are deployed, by name. The build writes them down: no code of an author runs
 * in a function of the API.
 */
export type Descriptions = ReadonlyMap<string, AutomationDescription>;

export function byName(automations: readonly AutomationDescription[]): Descriptions {
  return new Map(automations.map((automation) => [automation.name, automation]));
}

/**
 * The values among `values` that are fields of one of these classes. What a document says has no
 * say in what it may show: a name that the automation does not declare, or declares with another
 * class, is left out.
 */
export function onlyOfClasses(
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
 * Amounts of money among `values` for people to read, by name of the field: `{ payable: 'EUR
 * 10,797.98' }`. None without the field `currency`, because a number alone does not say how much it
 * is.
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
