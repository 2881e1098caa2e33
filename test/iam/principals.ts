import { readArn } from './arn.ts';
import { PolicyError } from './errors.ts';
import { recordOf, textsOf } from './json.ts';

/** Who makes a request: a session of a role, or an AWS service for itself. */
export type Caller =
  | {
      readonly kind: 'role';
      readonly account: string;
      readonly role: string;
      readonly session: string | undefined;
    }
  | { readonly kind: 'service'; readonly name: string };

/** One entry of a `Principal` element. */
type Entry =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'arn'; readonly arn: string }
  | { readonly kind: 'service'; readonly name: string };

export type Principals = readonly Entry[];

/**
 * How a `Principal` element names a caller. It decides how far an Allow goes within one account:
 * - `account`: the account may allow it to its identities, no more;
 * - `role`: allowed, within the boundary and the session policy of the role;
 * - `session`: allowed, whatever a boundary or a session policy leaves out.
 *
 * `*` names the session itself. AWS says so of `*` with a condition on `aws:PrincipalArn`, and of
 * `*` alone that "no other permissions are required", so no boundary holds against it.
 *
 * Source: IAM user guide, "How AWS enforcement code logic evaluates requests", and "Principal",
 * sections "IAM role principals" and "All principals".
 */
export type Reach = 'account' | 'role' | 'session';

/** From the furthest. */
export const REACHES: readonly Reach[] = ['session', 'role', 'account'];

/** @throws {@link PolicyError} for anything but a role or a service. */
export function readCaller(principal: string, session: string | undefined): Caller {
  if (/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(principal))
    return { kind: 'service', name: principal };
  const { service, account, resource } = readArn(principal);
  if (service !== 'iam' || !resource.startsWith('role/'))
    throw new PolicyError(`caller "${principal}" is neither a role nor a service`);
  return { kind: 'role', account, role: principal, session };
}

/**
 * @throws {@link PolicyError} for kinds of principals that Writ does not use, and for wildcards
 *   within one.
 */
export function readPrincipals(element: unknown): Principals {
  if (element === '*') return [{ kind: 'everyone' }];
  return Object.entries(recordOf(element, 'Principal', ['AWS', 'Service'])).flatMap(
    ([kind, names]) =>
      textsOf(names, `Principal.${kind}`).map(
        kind === 'AWS' ? readAwsPrincipal : readServicePrincipal,
      ),
  );
}

function readAwsPrincipal(name: string): Entry {
  if (name === '*') return { kind: 'everyone' };
  if (/^\d{12}$/.test(name)) return { kind: 'account', account: name };
  if (/[*?]/.test(name))
    throw new PolicyError(`principal "${name}" has a wildcard: AWS takes it for a name`);
  const { account, resource } = readArn(name);
  return resource === 'root' ? { kind: 'account', account } : { kind: 'arn', arn: name };
}

function readServicePrincipal(name: string): Entry {
  if (!name.includes('.') || name.includes('*'))
    throw new PolicyError(`"${name}" is not the name of a service`);
  return { kind: 'service', name };
}

/** How the element names the caller, at its furthest; `undefined` when it does not. */
export function reachOf(principals: Principals, caller: Caller): Reach | undefined {
  const reaches = principals.map((entry) => reachOfEntry(entry, caller));
  return REACHES.find((reach) => reaches.includes(reach));
}

function reachOfEntry(entry: Entry, caller: Caller): Reach | undefined {
  if (entry.kind === 'everyone') return 'session';
  if (caller.kind === 'service')
    return entry.kind === 'service' && entry.name === caller.name ? 'session' : undefined;
  if (entry.kind === 'account') return entry.account === caller.account ? 'account' : undefined;
  if (entry.kind === 'service') return undefined;
  if (entry.arn === caller.role) return 'role';
  return namesSession(entry.arn, caller) ? 'session' : undefined;
}

/** The ARN of a session has the role's name, without its path. */
function namesSession(arn: string, { role, session }: Extract<Caller, { kind: 'role' }>): boolean {
  const { partition, account, resource } = readArn(role);
  const sessions = `arn:${partition}:sts::${account}:assumed-role/${resource.split('/').at(-1)}/`;
  if (!arn.startsWith(sessions)) return false;
  if (session === undefined)
    throw new PolicyError(
      `the policy names session "${arn}", but the request does not say its session`,
    );

  return arn === sessions + session;
}
