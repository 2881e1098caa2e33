import { readInvoice } from './ubl.ts';

/**
 * From the bytes of an uploaded invoice to the input of a run. Pure; the bytes themselves are not
 * stored.
 */
export default readInvoice;
