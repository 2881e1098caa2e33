import type { Page } from '../api/answers.ts';

/**
 * The items of a list, page by page.
 *
 * @param most - Pages that are asked for.
 * @param between - Called when another page is about to be asked for, with how many items there
 *   are so far.
 */
export async function allPages<Item>(
  page: (of: { readonly limit: number; readonly cursor?: string }) => Promise<Page<Item>>,
  {
    most = Number.POSITIVE_INFINITY,
    between,
  }: { readonly most?: number; readonly between?: (count: number) => void } = {},
): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | undefined;

  for (let pages = 1; pages <= most; pages++) {
    const { items, ...next } = await page({
      limit: 100,
      cursor,
    });

    found.push(...items);
    cursor = next.cursor;

    if (cursor === undefined) break;

    between?.(found.length);
  }

  return found;
}
