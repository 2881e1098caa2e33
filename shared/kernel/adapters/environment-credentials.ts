import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Credentials from the environment, where Lambda puts those of the function's role. A bundle uses
 * this in place of the SDK's provider chain, which also reads files, metadata services and single
 * sign-on: nothing a function has, and a third of a client's code.
 */
export const defaultProvider = fromEnv;
