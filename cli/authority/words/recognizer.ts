/** Says what a name stands for, or nothing when it is of no known form. */
export type Recognizer = (name: string, about?: string) => string | undefined;

/**
 * Finds out what names stand for, from samples of such names. In a sample and in its words `A`, `B`
 * and `C` stand for parts that are names themselves. The samples are made by the functions that
 * make the names, so the two cannot part ways.
 *
 * The recognizer's `about` is the function that is spoken of: what is its own, or its automation's,
 * is said shorter.
 */
export function recognizer(
  samples: readonly (readonly [sample: string, words: string])[],
): Recognizer {
  const forms = samples.map(([sample, words]) => {
    const text = sample.replaceAll(/[.*+^${}()|[\]\\?]/g, String.raw`\$&`);
    return { form: new RegExp(`^${text.replaceAll(/[ABC]/g, '(?<$&>[a-z0-9-]+)')}$`), words };
  });
  return (name, about) => {
    for (const { form, words } of forms) {
      const found = form.exec(name);
      if (found === null) continue;
      const said = words.replaceAll(/[ABC]/g, (part) => found.groups?.[part] ?? part);
      return about === undefined ? said : shorter(said, about);
    }
    return undefined;
  };
}

/** `the queue of a.b` is `its queue` to a.b, and `runs of a` are `runs`. */
function shorter(words: string, about: string): string {
  const [own = ''] = about.split('.', 1);
  if (words === about) return 'itself';
  if (words.endsWith(` of ${about}`))
    return `its own ${words.slice(0, -` of ${about}`.length).replace(/^the /, '')}`;
  if (words.endsWith(` of ${own}`)) return words.slice(0, -` of ${own}`.length);
  return words.replace(` ${own}.`, ' ');
}
