import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import { loadDeclarations } from '#infra/declarations/declared.ts';
import madeUp from './made-up.ts';
import { INLINE } from './template.ts';

const { automations, vendors } = await loadDeclarations();

/**
 * Every automation and vendor that a folder holds, and an automation that none does: of other
 * classes, with a secret of a step's own.
 */
export const EVERYTHING = {
  automations: [...automations, madeUp],
  vendors,
  bundles: INLINE,
  routes: API_ROUTES,
};
