/** Records in the embedded mode. The function has no handler: on AWS nothing calls it. */
export * as operations from '../../http/records/operations.ts';
