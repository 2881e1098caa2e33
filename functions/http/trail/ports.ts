import type { TrailReader } from '#shared/ledger/index.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';

/** Ports of the function `trail`. */
export interface TrailPorts extends HttpPorts {
  readonly trail: Pick<TrailReader, 'ofRun'>;
}
