/**
 * Joins items in order of first appearance. Words that several items have in common appear only
 * once: `runs, financial and internal fields, the queue of a.pay, a.notify and b.look`.
 */
export function joinItems(items: readonly string[]): string {
  const groups = Map.groupBy(items, (item) => splitItem(item).kind);
  return [...groups.values()]
    .map((group) => {
      const { before, after } = splitItem(group[0] ?? '');
      return before + joinWithAnd(group.map((item) => splitItem(item).name)) + after;
    })
    .join(', ');
}

function splitItem(item: string): {
  readonly kind: string;
  readonly before: string;
  readonly name: string;
  readonly after: string;
} {
  const [, before = '', name = item, after = ''] =
    /^(the (?:queue|dead letters) of )(.+)$/.exec(item) ??
    /^()(\w+)( (?:fields|keys)\b.*)$/.exec(item) ??
    [];
  return { kind: before === '' && after === '' ? item : `${before}${after}`, before, name, after };
}

const joinWithAnd = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((text) => text !== '').join(' and ');
