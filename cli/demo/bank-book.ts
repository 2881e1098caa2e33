import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';

/** A payment that the bank made. */
export interface Payment {
  readonly paymentId: string;
  readonly key: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference: string;
  readonly creditor: string;
}

/** Required members of a payment. Callers of the sample bank may omit all others. */
const lineSchema = z.looseObject({ paymentId: z.string(), key: z.string() });

/** Contents of the sample bank's file. */
export interface Book {
  readonly payments: readonly Payment[];
  /** Number of lines that are not payments. */
  readonly unreadable: number;
  /**
   * True if the last line is incomplete: the bank stopped while writing it, before it responded.
   */
  readonly isCutOff: boolean;
}

/**
 * Reads a book with one payment per line. Does not change the file, because two banks may have it
 * open.
 */
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
    return lineSchema.parse(JSON.parse(line)) as unknown as Payment;
  } catch {
    return undefined;
  }
}
