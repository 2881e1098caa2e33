import type { Page } from '../api/answers.ts';

/**
 * Reads the items of a list, page by page.
 *
 * @param maxPages - Maximum number of pages to request.
 * @param onNextPage - Called before every request after the first, with the number of items read.
 */
export async function allPages<Item>(
  page: (of: { readonly limit: number; readonly cursor?: string }) => Promise<Page<Item>>,
  {
    maxPages = Number.POSITIVE_INFINITY,
    onNextPage,
  }: { readonly maxPages?: number; readonly onNextPage?: (count: number) => void } = {},
): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;

  for (let pages = 1; pages <= maxPages; pages++) {
    const { items, ...next } = await page({
      limit: 100,
      cursor,
    });

    all.push(...items);
    cursor = next.cursor;

    if (cursor === undefined) break;

    onNextPage?.(all.length);
  }

  return all;
}
