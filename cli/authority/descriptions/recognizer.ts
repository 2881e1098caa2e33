/** Describes a name; undefined if its form is unknown. */
export type Recognizer = (name: string, about?: string) => string | undefined;

/**
 * Creates a recognizer from sample names and their descriptions, in which `A`, `B` and `C` are
 * placeholders for names. The samples must come from the functions that create the names, so that
 * samples and names cannot differ.
 *
 * The recognizer's `about` is the function that the description is for. Names of its resources, and
 * of other resources of its automation, are shortened.
 */
export function recognizer(
  samples: readonly (readonly [sample: string, description: string])[],
): Recognizer {
  const forms = samples.map(([sample, description]) => {
    const text = sample.replaceAll(/[.*+^${}()|[\]\\?]/g, String.raw`\$&`);
    const pattern = text.replaceAll(/[ABC]/g, '(?<$&>[a-z0-9-]+)');
    return { form: new RegExp(`^${pattern}$`), description };
  });

  return (name, about) => {
    for (const { form, description } of forms) {
      const match = form.exec(name);
      if (match === null) continue;

      const full = description.replaceAll(/[ABC]/g, (letter) => match.groups?.[letter] ?? letter);
      return about === undefined ? full : shorten(full, about);
    }

    return undefined;
  };
}

/** Shortens `the queue of a.b` to `its own queue` for a.b, and `runs of a` to `runs`. */
function shorten(description: string, about: string): string {
  const [automation = ''] = about.split('.', 1);
  if (description === about) return 'itself';
  if (description.endsWith(` of ${about}`))
    return `its own ${description.slice(0, -` of ${about}`.length).replace(/^the /, '')}`;
  if (description.endsWith(` of ${automation}`))
    return description.slice(0, -` of ${automation}`.length);

  return description.replace(` ${automation}.`, ' ');
}
