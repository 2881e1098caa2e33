import { readArn } from './arn.ts';
import { PolicyError } from './errors.ts';
import { type Caller, REACHES, type Reach, reachOf, readCaller } from './principals.ts';
import { RequestContext } from './request-context.ts';
import { applies, readPolicy, type Statement, type Subject } from './statement.ts';
import type { Decision, Layer, Policies, PolicyDocument, Request } from './types.ts';

/** What one layer says of the request: its statements that are about it and its caller. */
interface Say {
  readonly layer: Layer;
  readonly denies: readonly Statement[];
  readonly allows: readonly Statement[];
}

interface Grant {
  readonly reach: Reach;
  readonly sid: string | undefined;
}

/**
 * Decides a request as IAM does, and says why.
 *
 * A Deny anywhere wins. Then each of these must allow, in this order: every service control policy;
 * the policy of the resource, where nothing goes without it; the policies of the identity, unless
 * that of the resource allows it to the role; the boundary and the session policy, unless it is
 * allowed to the session itself. A service has no policies but those of the resource.
 *
 * Not modelled: grants of KMS, resource control policies, endpoint policies, users, federated
 * principals, the root user.
 *
 * Source: IAM user guide, "How AWS enforcement code logic evaluates requests to allow or deny
 * access" and "Cross-account policy evaluation logic".
 *
 * @throws {@link PolicyError} when a policy or the request is not understood.
 */
export function evaluate(request: Request, policies: Policies): Decision {
  const caller = readCaller(request.principal, request.session);
  const subject = subjectOf(request);

  checkCompleteness(subject, policies);

  const { scps, ofResource, identity, ceilings } = hear(subject, policies, caller);

  for (const { layer, denies } of [...scps, ofResource, identity, ...ceilings]) {
    const [deny] = denies;
    if (deny !== undefined)
      return { decision: 'denied', by: 'explicit-deny', layer, sid: deny.sid };
  }

  const atHome = caller.kind === 'service' || caller.account === accountOf(subject, caller.account);
  // elsewhere it opens only the resource's side
  const grant = atHome ? furthestGrant(ofResource.allows, caller) : undefined;

  const required = [
    ...scps,
    ...(!atHome || caller.kind === 'service' || isClosed(subject) ? [ofResource] : []),
    ...(grant?.reach === 'role' || grant?.reach === 'session' ? [] : [identity]),
    ...(grant?.reach === 'session' ? [] : ceilings),
  ];

  const lacking = required.find(({ allows }) => allows.length === 0);
  if (lacking !== undefined)
    return { decision: 'denied', by: 'implicit-deny', layer: lacking.layer };

  const [allow] = identity.allows;

  return grant !== undefined && (grant.reach === 'session' || allow === undefined)
    ? { decision: 'allowed', by: 'explicit-allow', layer: 'resourcePolicy', sid: grant.sid }
    : { decision: 'allowed', by: 'explicit-allow', layer: 'identity', sid: allow?.sid };
}

function subjectOf({ action, resource, context }: Request): Subject {
  if (!/^[a-z0-9-]+:\w+$/i.test(action)) throw new PolicyError(`"${action}" is not one action`);
  if (resource !== '*') readArn(resource);
  return { action, resource, context: new RequestContext(context) };
}

/**
 * @throws {@link PolicyError} when a key comes without its policy: it would be denied for no
 *   reason that AWS could have.
 */
function checkCompleteness({ resource }: Subject, { resourcePolicy }: Policies): void {
  if (isKey(resource) && resourcePolicy === undefined)
    throw new PolicyError(`key "${resource}" comes without its policy`);
}

/** Reads every policy, whatever will decide, so that one that is not understood always shows. */
function hear(subject: Subject, policies: Policies, caller: Caller) {
  const say = (layer: Layer, documents: readonly PolicyDocument[]): Say => {
    const about = documents
      .flatMap((document) => readPolicy(document, layer))
      .filter((statement) => applies(statement, subject) && concerns(statement, layer, caller));
    return {
      layer,
      denies: about.filter(({ effect }) => effect === 'Deny'),
      allows: about.filter(({ effect }) => effect === 'Allow'),
    };
  };

  const each = (layer: Layer, documents: readonly (PolicyDocument | undefined)[]) =>
    documents
      .filter((document) => document !== undefined)
      .map((document) => say(layer, [document]));

  return {
    scps: caller.kind === 'service' ? [] : each('scp', policies.scp ?? []),
    ofResource: say(
      'resourcePolicy',
      policies.resourcePolicy === undefined ? [] : [policies.resourcePolicy],
    ),
    identity: say('identity', policies.identity),
    ceilings: [...each('boundary', [policies.boundary]), ...each('session', [policies.session])],
  };
}

/**
 * A policy on a resource names its callers; every other is the caller's own, and a service has
 * none.
 */
function concerns({ principals }: Statement, layer: Layer, caller: Caller): boolean {
  return layer === 'resourcePolicy'
    ? reachOf(principals, caller) !== undefined
    : caller.kind === 'role';
}

function furthestGrant(allows: readonly Statement[], caller: Caller): Grant | undefined {
  for (const reach of REACHES) {
    const statement = allows.find(({ principals }) => reachOf(principals, caller) === reach);
    if (statement !== undefined) return { reach, sid: statement.sid };
  }
  return undefined;
}

/**
 * Keys and roles are closed to their own account, too, until their policy opens them: to a
 * principal, or to the account, which then leaves it to the policies of its identities.
 *
 * Source: KMS developer guide, "Default key policy"; IAM user guide, as above, "Resource-based
 * policies".
 */
function isClosed({ action, resource }: Subject): boolean {
  return isKey(resource) || action.toLowerCase() === 'sts:assumerole';
}

function isKey(resource: string): boolean {
  return resource !== '*' && readArn(resource).service === 'kms';
}

/**
 * @throws {@link PolicyError} for a bucket or an object, whose ARN does not say it, when
 *   `aws:ResourceAccount` does not either.
 */
function accountOf({ resource, context }: Subject, callers: string): string {
  if (resource === '*') return callers;
  const account = readArn(resource).account || context.single('aws:ResourceAccount');
  if (account === undefined)
    throw new PolicyError(
      `nothing says which account "${resource}" is of: give aws:ResourceAccount`,
    );
  return account;
}
