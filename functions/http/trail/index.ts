import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { getRunTrail } from './get-run-trail.ts';
import type { TrailPorts } from './ports.ts';

/** The function of the trail: reads entries of runs. The build takes it as it is. */
export const http: HttpFunction<TrailPorts> = httpFunction([getRunTrail()]);
