import type { EnginePorts } from '#shared/engine/index.ts';
import { WiringUnavailableError } from '../middleware/errors.ts';

/**
 * The ports of a function on AWS.
 *
 * @throws {@link WiringUnavailableError} always: this release has no AWS adapters, and a function says so rather than
 *   pretend to work.
 */
export async function awsPorts(name: string): Promise<EnginePorts> {
  throw new WiringUnavailableError(name);
}
