/** Returns the items if the condition holds, and an empty list otherwise. */
export const itemsIf = <Item>(condition: boolean, ...items: readonly Item[]): readonly Item[] =>
  condition ? items : [];
