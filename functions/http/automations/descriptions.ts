import type { AutomationDescription, FieldDescription } from '#shared/automation/index.ts';
import type { DataClass, Json } from '#shared/kernel/index.ts';

/** The automations that are deployed, by name. The build writes them down: no code of an author runs in a function of the API. */
export type Descriptions = ReadonlyMap<string, AutomationDescription>;

export function byName(automations: readonly AutomationDescription[]): Descriptions {
  return new Map(automations.map((automation) => [automation.name, automation]));
}

/**
 * The values among `values` that are fields of one of these classes. What a document says has no say in what it may show: a name
 * that the automation does not declare, or declares with another class, is left out.
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
