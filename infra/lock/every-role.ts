import { readOriginSecret } from '../authority/api-authority.ts';
import type { FunctionAuthority } from '../authority/authority.ts';
import { boundaryOf, statementsOfRole } from '../authority/boundary.ts';
import type { Statement } from '../authority/statements.ts';
import { trustOfFlowRecord, trustOfFunction, trustOfSchedule } from '../authority/trust.ts';
import { arnsNowhere, ISOLATED, NOWHERE, UNDER_ANOTHERS_BOUNDARY } from '../naming/placeholders.ts';
import { lockedPolicies, type Policies } from './lock.ts';

/**
 * Returns the policies that apply to every role, and the statements that some environments add to
 * every role.
 */
export function everyRole(): Policies {
  const arns = arnsNowhere(NOWHERE);
  const boundary = boundaryOf(arns, NOWHERE);

  const anybody: FunctionAuthority = {
    name: '',
    writer: false,
    isolated: true,
    sendsTo: [],
    statements: [],
  };

  return lockedPolicies({
    boundary,
    'boundary where egress is isolated': difference(boundary, boundaryOf(arns, ISOLATED)),
    'role where egress is isolated': statementsOfRole(anybody, arns, ISOLATED),
    'role under a boundary of the estate': statementsOfRole(anybody, arns, UNDER_ANOTHERS_BOUNDARY),
    'role of the API behind CloudFront': readOriginSecret(arnsNowhere(NOWHERE, '??????')),
    'trust of a function': [trustOfFunction(arns)],
    'trust of a schedule': [trustOfSchedule(arns, '{automation}')],
    'trust of the record of flows': [trustOfFlowRecord(arns)],
  });
}

/** Returns the statements of `more` that `base` does not contain verbatim. */
function difference(base: readonly Statement[], more: readonly Statement[]): Statement[] {
  const known = new Set(base.map((statement) => JSON.stringify(statement)));
  return more.filter((statement) => !known.has(JSON.stringify(statement)));
}
