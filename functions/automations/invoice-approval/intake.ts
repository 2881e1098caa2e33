import { readInvoice } from './ubl.ts';

/**
 * Converts the bytes of an uploaded invoice to the input of a run. Has no side effects; the bytes
 * are not stored.
 */
export default readInvoice;
