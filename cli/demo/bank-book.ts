import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Payment } from './bank.ts';

/** No more than what payments are known by: the caller of a sample bank may leave out the rest. */
const form = z.looseObject({ paymentId: z.string(), key: z.string() });

/** What the sample bank's file says. */
export interface Book {
  readonly payments: readonly Payment[];
  /** Lines that are no payments. */
  readonly unreadable: number;
  /**
   * The last line has no end: whoever wrote it was ended in between, and nobody was told of that
   * payment.
   */
  readonly isCutOff: boolean;
}

/** Reads a book, a payment in each line. It is not changed: two banks may have it open. */
export function readBook(path: string | undefined): Book {
  const text = path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = text.split('\n').filter((line) => line !== '');
  const payments = lines.flatMap((line) => paymentIn(line) ?? []);

  return {
    payments,
    unreadable: lines.length - payments.length,
    isCutOff: text !== '' && !text.endsWith('\n'),
  };
}

function paymentIn(line: string): Payment | undefined {
  try {
    return form.parse(JSON.parse(line)) as unknown as Payment;
  } catch {
    return undefined;
  }
}
