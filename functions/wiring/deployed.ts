import { describeForeignError } from '#shared/audit/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { bundleHash } from './bundle.ts';
import { FunctionFailedError, WiringUnavailableError } from './errors.ts';

/** Which function is wired, and what runs as it. */
export interface DeployedFunction {
  /** Its name in the product. */
  readonly name: string;
  /** See {@link bundleHash}. */
  readonly bundle: string;
}

/** A function's adapters for AWS, in a file of their own. */
export interface AwsWiring<Ports> {
  open(deployment: DeployedFunction): Promise<Ports>;
}

/**
 * The handler that Lambda calls. As a Lambda function it is wired while the function starts, where
 * a processor is to be had; a deployment that left something out fails there, in words. Anywhere
 * else it refuses to be called, and the adapters are not loaded.
 *
 * An error that is none of Writ's ends as one that tells its class and place alone: Lambda writes
 * down what it is thrown, and gives it to whoever called, and a foreign text may repeat anything
 * the code had in hand.
 *
 * @param folder - Of the bundle.
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

  // without the context that Lambda hands over besides: a vendor's function takes a signal there
  return async (event) => {
    try {
      return await connected(event);
    } catch (error) {
      throw isWritError(error) ? error : new FunctionFailedError(name, describeForeignError(error));
    }
  };
}
