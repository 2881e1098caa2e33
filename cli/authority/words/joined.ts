/**
 * Things one after another, with what they have in common said once, in the order in which each
 * kind comes first: `runs, financial and internal fields, the queue of a.pay, a.notify and b.look`.
 */
export function joined(things: readonly string[]): string {
  const groups = Map.groupBy(things, (thing) => ofKind(thing).kind);
  return [...groups.values()]
    .map((group) => {
      const { before, after } = ofKind(group[0] ?? '');
      return before + anded(group.map((thing) => ofKind(thing).name)) + after;
    })
    .join(', ');
}

function ofKind(thing: string): {
  readonly kind: string;
  readonly before: string;
  readonly name: string;
  readonly after: string;
} {
  const [, before = '', name = thing, after = ''] =
    /^(the (?:queue|dead letters) of )(.+)$/.exec(thing) ??
    /^()(\w+)( (?:fields|keys)\b.*)$/.exec(thing) ??
    [];
  return { kind: before === '' && after === '' ? thing : `${before}${after}`, before, name, after };
}

const anded = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((text) => text !== '').join(' and ');
