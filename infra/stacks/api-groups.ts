import { Duration } from 'aws-cdk-lib';
import type { Flow } from '#shared/automation/index.ts';
import { authoritiesOfApi, GROUPS, type Group, ISSUER } from '../authority/api-authority.ts';
import type { RoutesByGroup } from '../declarations/api-routes.ts';
import type { ApiGroup } from './api-stack.ts';

/** Returns the functions of the API, including the function that fetches the issuer's keys. */
export function apiGroups(automations: readonly Flow[], routes: RoutesByGroup): ApiGroup[] {
  return [...GROUPS, ISSUER].map((name) => ({
    name,
    authority: (arns, { api }) => {
      const authority = authoritiesOfApi({
        automations,
        arns,
        cdn: api?.domain !== undefined,
      }).find((one) => one.name === name);
      if (authority === undefined) throw new Error(`no authority was derived for ${name}`);
      return authority;
    },
    routes: name === ISSUER ? [] : routes[name as Group],
    // the policy engine is several megabytes in size, and a person waits during its cold start
    memorySize: name === 'health' || name === ISSUER ? undefined : 512,
    // starting a run waits for the intake, which may take a long time to read an upload
    timeout: name === 'runs' ? Duration.seconds(29) : undefined,
  }));
}
