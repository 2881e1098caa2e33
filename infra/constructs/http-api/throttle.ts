import type { Throttle } from '#functions/framework/http/route.ts';
import type { ApiConfig } from '../../config/environment.ts';

/** How many requests an API takes in all. */
export const throttleOf = ({ throttle }: ApiConfig): Throttle =>
  throttle ?? { rate: 100, burst: 200 };
