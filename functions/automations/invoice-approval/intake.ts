import { readInvoice } from './ubl.ts';

/**
 * Converts the bytes of an uploaded invoice to the input of a run. Pure; the bytes are not stored.
 */
export default readInvoice;
