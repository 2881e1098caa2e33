import { WiringUnavailableError } from '../middleware/errors.ts';
import { bundleHash } from './bundle.ts';

/** Which function is wired, and what runs as it. */
export interface Deployment {
  /** Its name in the product. */
  readonly name: string;
  /** See {@link bundleHash}. */
  readonly bundle: string;
}

/** A function's adapters for AWS, in a file of their own. */
export interface AwsWiring<Ports> {
  open(deployment: Deployment): Promise<Ports>;
}

/**
 * The handler that Lambda calls. As a Lambda function it is wired while the function starts, where a processor is to be had; a
 * deployment that left something out fails there, in words. Anywhere else it refuses to be called, and the adapters are not
 * loaded.
 *
 * @param folder - Of the bundle.
 */
export async function deployed<Ports, Event, Answer>(
  fn: { connect(ports: Ports): (event: Event) => Promise<Answer> },
  name: string,
  folder: string,
  load: () => Promise<AwsWiring<Ports>>,
): Promise<(event: Event) => Promise<Answer>> {
  if (process.env.AWS_LAMBDA_FUNCTION_NAME === undefined) return () => Promise.reject(new WiringUnavailableError(name));
  const { open } = await load();
  const connected = fn.connect(await open({ name, bundle: bundleHash(folder) }));
  return (event) => connected(event); // and not the context that Lambda hands over besides: a vendor's function takes a signal there
}
