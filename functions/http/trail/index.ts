import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { getRunTrail } from './get-run-trail.ts';
import type { TrailPorts } from './ports.ts';

/** Function `trail`, which returns the entries of runs. */
export const http: HttpFunction<TrailPorts> = httpFunction([getRunTrail()]);
