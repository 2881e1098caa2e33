import type { Throttle } from '#functions/framework/http/route.ts';
import type { ApiConfig } from '../../config/environment.ts';

/** Returns the total request limits of an API. */
export const throttleOf = ({ throttle }: ApiConfig): Throttle =>
  throttle ?? { rate: 100, burst: 200 };
