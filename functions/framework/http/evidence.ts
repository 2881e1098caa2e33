import type { Authorization, Permission, Resource } from '#shared/access/index.ts';
import type { Action, Actor, EntryDraft } from '#shared/audit/index.ts';
import { gateTargetId, runTargetId, workspaceTarget } from '#shared/engine/index.ts';
import type { AuthenticatedPerson } from '#shared/identity/index.ts';
import { type DataClass, DefectError, isWritError } from '#shared/kernel/index.ts';
import { type Commit, type Committed, isTarget, type Ledger } from '#shared/ledger/index.ts';
import type { AuditContext, Call } from './endpoint.ts';
import type { HttpPorts } from './ports.ts';
import {
  AccessDeniedError,
  describeRoles,
  EvidenceUnavailableError,
  NotFoundError,
  problemOf,
} from './problem.ts';

/** Access decisions that an operation can request; see {@link Call}. */
export type Access = Pick<Call, 'requireVisible' | 'authorize' | 'isAllowed'>;

/** Access decisions and the single audit entry of one request. */
export interface Evidence {
  readonly access: Access;
  /**
   * The function's ledger, which is observed: an entry of this person that is committed through it
   * is the request's entry.
   */
  readonly ledger: Ledger;
  /** Returns true if the request's entry is committed. */
  readonly isCommitted: () => boolean;
  /**
   * Commits the entry of a successful request, unless the operation has committed it.
   *
   * @param currentPerson - Reads the caller again, for a caller who was not in the directory
   *   before.
   * @throws {@link EvidenceUnavailableError} when the entry cannot be committed. No response may be
   *   sent.
   */
  readonly commitSuccess: (
    context: AuditContext,
    currentPerson: () => Promise<AuthenticatedPerson | undefined>,
  ) => Promise<void>;
  /** Commits the entry of a refused or failed request, unless an entry is already committed. */
  readonly commitFailure: (error: unknown) => Promise<void>;
}

/**
 * Creates the access decisions and the entry of one request.
 *
 * @param by - The caller; undefined if they are not in the directory. In that case, any entry of a
 *   person counts as the request's entry, and no entry is created here.
 */
export function evidenceOf(
  { ledger, policies }: Pick<HttpPorts, 'ledger' | 'policies'>,
  { action }: { readonly action: Action },
  by: AuthenticatedPerson | undefined,
  requestId: string,
): Evidence {
  const permits = new Set<string>();
  /**
   * Resource of the last decision. A refusal is recorded at this resource, even if it has a
   * different reason.
   */
  let last: { readonly resource: Resource; readonly isFound: boolean } | undefined;
  let refusedBy: readonly string[] = [];
  let isCommitted = false;

  const decide = (
    permission: Permission,
    resource: Resource,
    dataClass?: DataClass,
  ): Authorization => {
    if (by === undefined) return { allowed: false, policies: [] };

    return policies.authorize({
      principal: by.principal,
      permission,
      resource,
      class: dataClass,
    });
  };

  /**
   * Explains a denial to a person who can see the resource: returns the sentences of the policies
   * that forbid the action, or names the missing permission.
   */
  const explain = (permission: Permission, authorization: Authorization): string => {
    const forbidden = authorization.policies.flatMap((id) => policies.says?.get(id) ?? []);
    if (forbidden.length > 0) return forbidden.join(' ');
    return `it requires the permission ${permission}, which none of your roles grants here; your roles: ${describeRoles(by?.principal.roles ?? [])}`;
  };

  const recordPermit = (authorization: Authorization): Authorization => {
    for (const id of authorization.policies) permits.add(id);
    return authorization;
  };

  const access: Access = {
    requireVisible(permission, found, sought, dataClass) {
      // Also decides for a missing resource, so that both cases take the same time.
      const authorization = decide(permission, found ?? sought, dataClass);

      last = { resource: found ?? sought, isFound: found !== undefined };

      if (found !== undefined && authorization.allowed) return recordPermit(authorization);

      refusedBy = authorization.allowed ? [] : authorization.policies;
      throw new NotFoundError(
        found === undefined ? 'it is not there' : 'this person may not see it',
      );
    },
    authorize(permission, resource, dataClass) {
      const authorization = decide(permission, resource, dataClass);
      if (authorization.allowed) return recordPermit(authorization);

      last = { resource, isFound: true };
      refusedBy = authorization.policies;
      throw new AccessDeniedError(
        permission,
        authorization.policies,
        explain(permission, authorization),
      );
    },
    isAllowed(permission, resource, dataClass) {
      const authorization = decide(permission, resource, dataClass);
      return authorization.allowed ? recordPermit(authorization) : authorization;
    },
  };

  const isCaller = ({ kind, id }: Actor) =>
    kind === 'user' && (by === undefined || id === by.actor.id);

  const observed: Ledger = {
    identity: ledger.identity,
    read: (targets) => ledger.read(targets),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    async commit(commit: Commit): Promise<Committed> {
      const [first, ...others] = commit.entries;
      const traced = (draft: EntryDraft): EntryDraft => ({ trace: requestId, ...draft });
      const noteEntry = () => {
        if (commit.entries.some(({ actor }) => isCaller(actor))) isCommitted = true;
      };

      try {
        const committed = await ledger.commit({
          ...commit,
          entries: [traced(first), ...others.map(traced)],
        });

        noteEntry();
        return committed;
      } catch (error) {
        // The commit succeeded; only its messages were not sent.
        if (isWritError(error, 'ledger.unsent')) noteEntry();
        throw error;
      }
    },
  };

  const commit = async (
    caller: AuthenticatedPerson,
    context: AuditContext,
    result: Pick<EntryDraft, 'outcome' | 'why'>,
  ): Promise<void> => {
    try {
      await observed.commit({ entries: [{ actor: caller.actor, action, ...context, ...result }] });
    } catch (error) {
      if (isWritError(error) && (error.fate === 'retry' || error.fate === 'reread'))
        throw new EvidenceUnavailableError({ cause: error });
      throw error;
    }
  };

  return {
    access,
    ledger: observed,
    isCommitted: () => isCommitted,
    async commitSuccess(context, currentPerson) {
      if (isCommitted) return;
      const caller = by ?? (await currentPerson());
      if (caller === undefined)
        throw new DefectError(
          'an operation answered an unknown person without committing an entry of its own',
        );

      await commit(caller, context, {
        outcome: 'ok',
        why: permits.size === 0 ? undefined : { policies: sortedPolicies(permits) },
      });
    },
    async commitFailure(error) {
      if (isCommitted || by === undefined) return; // unknown callers are counted instead

      const { status, code, detail } = problemOf(error);
      const reason = error instanceof NotFoundError ? error.because : truncated(detail, 500);
      const why = {
        code: truncated(code, 100),
        reason,
        policies: refusedBy.length === 0 ? undefined : sortedPolicies(refusedBy),
      };

      const context =
        last === undefined ? { workspace: 'platform' } : contextOf(last.resource, last.isFound);

      // A failure is not a denial: the operation may have succeeded although no answer was
      // returned.
      await commit(
        by,
        { action, ...context },
        { outcome: status >= 500 ? 'failed' : 'denied', why },
      );
    },
  };
}

/**
 * Returns sorted policy ids. An entry holds at most {@link POLICIES_MAX}, but a person with many
 * custom roles can be permitted by more policies.
 */
const sortedPolicies = (policies: Iterable<string>) => [...policies].sort().slice(0, POLICIES_MAX);
export const POLICIES_MAX = 64;

/**
 * Truncates a text to the length that an entry holds. The author of an intake may have written the
 * text.
 */
const truncated = (text: string, max: number) => text.slice(0, max).toWellFormed();

/**
 * Returns the audit context of a resource. Only entries that name an existing run belong to its
 * trail.
 */
function contextOf(resource: Resource, isFound: boolean): AuditContext {
  if (resource.type === 'Platform') return { workspace: 'platform' };
  if (resource.type === 'Person')
    return { workspace: 'platform', targets: [{ kind: 'person', id: resource.id }] };
  if (!isTarget(workspaceTarget(resource.workspace))) return { workspace: 'platform' };

  const { workspace } = resource;
  if (resource.type === 'Workspace') return { workspace };
  if (resource.type === 'Automation')
    return { workspace, targets: [{ kind: 'automation', id: resource.automation }] };

  const target =
    resource.type === 'Gate'
      ? { kind: 'gate', id: gateTargetId(resource, resource.gate) }
      : { kind: 'run', id: runTargetId(resource) };

  return { workspace, targets: [target], run: isFound ? resource.run : undefined };
}
