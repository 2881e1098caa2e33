import { type HttpFunction, httpFunction } from '../../middleware/http-function.ts';
import type { TrailPorts } from '../../middleware/http-ports.ts';
import { getRunTrail } from './get-run-trail.ts';

/** The function of the trail: reads entries of runs. The build takes it as it is. */
export const http: HttpFunction<TrailPorts> = httpFunction([getRunTrail()]);
