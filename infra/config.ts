import type { Configuration } from './config/environment.ts';

/**
 * The environments that `npm run synth` makes stacks for: the one file an operator edits.
 *
 * What each setting means and which default it has is written in `environment.ts`; `docs/deploy.md`
 * walks through a first deployment, several accounts and regions, cells and an existing estate.
 */
export default {
  productionAccounts: [],
  environments: [{ name: 'dev', region: 'eu-central-1' }],
} satisfies Configuration;
