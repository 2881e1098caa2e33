/**
 * Record operations in embedded mode. There is no handler, because nothing on AWS calls this
 * function.
 */
export * as operations from '../../http/records/operations.ts';
