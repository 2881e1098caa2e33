import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Credentials from environment variables, where Lambda provides those of the function's role.
 * Bundles use this instead of the SDK's provider chain, which also reads files, metadata services
 * and single sign-on. A function has none of these sources, and they are a third of a client's
 * code.
 */
export const defaultProvider = fromEnv;
