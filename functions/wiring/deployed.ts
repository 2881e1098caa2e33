import { describeForeignError } from '#shared/audit/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { bundleHash } from './bundle.ts';
import { FunctionFailedError, WiringUnavailableError } from './errors.ts';

/** Deployed function and its code. */
export interface DeployedFunction {
  /** Name of the function in Writ. */
  readonly name: string;
  /** See {@link bundleHash}. */
  readonly bundle: string;
}

/** AWS adapters of a function, which are in a separate file. */
export interface AwsWiring<Ports> {
  open(deployment: DeployedFunction): Promise<Ports>;
}

/**
 * Returns the handler that Lambda calls. On Lambda, the function is connected to its adapters
 * during initialization, which fails with a message if the deployment is incomplete. Elsewhere, the
 * handler refuses calls and the AWS adapters are not loaded.
 *
 * A foreign error is replaced by one with only its class and source location, because Lambda logs
 * thrown errors and returns them to the caller, and the text of a foreign error can repeat any
 * data.
 *
 * @param folder - Folder of the bundle.
 */
export async function deployed<Ports, Event, Answer>(
  fn: { connect(ports: Ports): (event: Event) => Promise<Answer> },
  name: string,
  folder: string,
  load: () => Promise<AwsWiring<Ports>>,
): Promise<(event: Event) => Promise<Answer>> {
  if (process.env.AWS_LAMBDA_FUNCTION_NAME === undefined)
    return () => Promise.reject(new WiringUnavailableError(name));

  const { open } = await load();
  const connected = fn.connect(await open({ name, bundle: bundleHash(folder) }));

  // Drops the Lambda context, because a vendor function accepts an abort signal in its place.
  return async (event) => {
    try {
      return await connected(event);
    } catch (error) {
      throw isWritError(error) ? error : new FunctionFailedError(name, describeForeignError(error));
    }
  };
}
