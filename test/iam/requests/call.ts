import { readArn } from '../arn.ts';
import type { Context, Request } from '../types.ts';

/** Whose credentials make a call, and from where. */
export interface Caller {
  /** ARN of the role. */
  readonly role: string;
  /** The region whose endpoint is called where the resource's ARN does not name one. */
  readonly region: string;
  /**
   * ARN of the function whose code makes the call; left out where Lambda makes it with the
   * function's role, as it does to take messages from a queue.
   *
   * Source: Lambda developer guide, "Using source function ARN to control function access
   * behavior".
   */
  readonly function?: string;
  /** Name of the role's session. Lambda takes the function's name. */
  readonly session?: string;
}

/**
 * One question to IAM, with the global keys that every signed request has. Not among them: keys of
 * time and of the network.
 *
 * Source: IAM user guide, "AWS global condition context keys", "Availability" of each.
 *
 * @param owner - Account of the resource, where neither its ARN says it nor is it the caller's.
 */
export function call(
  caller: Caller,
  action: string,
  resource: string,
  keys: Context = {},
  owner?: string,
): Request {
  const principal = readArn(caller.role);
  const target = readArn(resource);

  return {
    principal: caller.role,
    session: caller.session,
    action,
    resource,
    context: {
      'aws:SecureTransport': 'true',
      'aws:RequestedRegion': target.region || caller.region,
      'aws:PrincipalArn': caller.role, // of a session, too: the role, with its path
      'aws:PrincipalAccount': principal.account,
      'aws:PrincipalIsAWSService': 'false',
      'aws:ViaAWSService': 'false',
      'aws:ResourceAccount': owner ?? (target.account || principal.account),
      ...(caller.function !== undefined && { 'lambda:SourceFunctionArn': caller.function }),
      ...keys,
    },
  };
}
