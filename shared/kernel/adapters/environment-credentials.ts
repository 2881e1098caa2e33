import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * What takes the place of the SDK's chain of credential providers in a bundle: the environment,
 * where Lambda puts those of the function's role. The chain would also look into files, metadata
 * services and single sign-on, which a function has not, and that is a third of a client's code.
 */
export const defaultProvider = fromEnv;
