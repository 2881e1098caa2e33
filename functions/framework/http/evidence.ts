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
  EvidenceUnavailableError,
  held,
  NotFoundError,
  problemOf,
} from './problem.ts';

/** What an operation may do about access and evidence; see {@link Call}. */
export type Access = Pick<Call, 'requireVisible' | 'authorize' | 'isAllowed'>;

/** Access decisions of one request, and its one entry. */
export interface Evidence {
  readonly access: Access;
  /**
   * The function's ledger, watched: an entry of this person that is committed through it is the
   * request's entry.
   */
  readonly ledger: Ledger;
  /** Whether the entry is there. */
  readonly isThere: () => boolean;
  /**
   * Commits the entry of what was answered, unless it is there.
   *
   * @param now - Who asked, where the directory did not know it before.
   * @throws {@link EvidenceUnavailableError}: it could not be; nothing may be shown.
   */
  readonly tell: (
    told: AuditContext,
    now: () => Promise<AuthenticatedPerson | undefined>,
  ) => Promise<void>;
  /** The same of a refusal or a failure. */
  readonly tellRefusal: (error: unknown) => Promise<void>;
}

/**
 * @param by - Undefined while nobody in the directory is known to have asked: then any entry of a
 *   person counts, and none is made.
 */
export function evidenceOf(
  { ledger, policies }: Pick<HttpPorts, 'ledger' | 'policies'>,
  { action }: { readonly action: Action },
  by: AuthenticatedPerson | undefined,
  requestId: string,
): Evidence {
  const permits = new Set<string>();
  /**
   * What was looked for last. It is the place of the entry when the request is refused, also for
   * another reason.
   */
  let last: { readonly about: Resource; readonly isFound: boolean } | undefined;
  let refusedBy: readonly string[] = [];
  let isThere = false;

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
   * What a person is told who may see a thing and not do this with it: what the policies that
   * forbid it say, or what nothing grants.
   */
  const because = (permission: Permission, authorization: Authorization): string => {
    const forbidden = authorization.policies.flatMap((id) => policies.says?.get(id) ?? []);
    if (forbidden.length > 0) return forbidden.join(' ');
    return `it takes the permission ${permission}, which nothing grants you here; you hold ${held(by?.principal.roles ?? [])}`;
  };

  const permitted = (authorization: Authorization): Authorization => {
    for (const id of authorization.policies) permits.add(id);
    return authorization;
  };

  const access: Access = {
    requireVisible(permission, found, sought, dataClass) {
      // also of what is not there: both cost the same
      const authorization = decide(permission, found ?? sought, dataClass);

      last = { about: found ?? sought, isFound: found !== undefined };

      if (found !== undefined && authorization.allowed) return permitted(authorization);

      refusedBy = authorization.allowed ? [] : authorization.policies;
      throw new NotFoundError(
        found === undefined ? 'it is not there' : 'this person may not see it',
      );
    },
    authorize(permission, resource, dataClass) {
      const authorization = decide(permission, resource, dataClass);
      if (authorization.allowed) return permitted(authorization);

      last = { about: resource, isFound: true };
      refusedBy = authorization.policies;
      throw new AccessDeniedError(
        permission,
        authorization.policies,
        because(permission, authorization),
      );
    },
    isAllowed(permission, resource, dataClass) {
      const authorization = decide(permission, resource, dataClass);
      return authorization.allowed ? permitted(authorization) : authorization;
    },
  };

  const isOwn = ({ kind, id }: Actor) =>
    kind === 'user' && (by === undefined || id === by.actor.id);

  const watched: Ledger = {
    identity: ledger.identity,
    read: (targets) => ledger.read(targets),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    async commit(commit: Commit): Promise<Committed> {
      const [first, ...others] = commit.entries;
      const traced = (draft: EntryDraft): EntryDraft => ({ trace: requestId, ...draft });
      const note = () => {
        if (commit.entries.some(({ actor }) => isOwn(actor))) isThere = true;
      };

      try {
        const committed = await ledger.commit({
          ...commit,
          entries: [traced(first), ...others.map(traced)],
        });

        note();
        return committed;
      } catch (error) {
        // it happened; only its messages are not on their way
        if (isWritError(error, 'ledger.unsent')) note();
        throw error;
      }
    },
  };

  const commit = async (
    who: AuthenticatedPerson,
    told: AuditContext,
    said: Pick<EntryDraft, 'outcome' | 'why'>,
  ): Promise<void> => {
    try {
      await watched.commit({ entries: [{ actor: who.actor, action, ...told, ...said }] });
    } catch (error) {
      if (isWritError(error) && (error.fate === 'retry' || error.fate === 'reread'))
        throw new EvidenceUnavailableError({ cause: error });
      throw error;
    }
  };

  return {
    access,
    ledger: watched,
    isThere: () => isThere,
    async tell(told, now) {
      if (isThere) return;
      const who = by ?? (await now());
      if (who === undefined)
        throw new DefectError('an operation answered somebody unknown without an entry of its own');

      await commit(who, told, {
        outcome: 'ok',
        why: permits.size === 0 ? undefined : { policies: named(permits) },
      });
    },
    async tellRefusal(error) {
      if (isThere || by === undefined) return; // who is not known is counted instead

      const { status, code, detail } = problemOf(error);
      const reason = error instanceof NotFoundError ? error.because : fitting(detail, 500);
      const why = {
        code: fitting(code, 100),
        reason,
        policies: refusedBy.length === 0 ? undefined : named(refusedBy),
      };

      const place =
        last === undefined ? { workspace: 'platform' } : placeOf(last.about, last.isFound);

      // what failed was not refused: where no answer came, it may have happened all the same
      await commit(by, { action, ...place }, { outcome: status >= 500 ? 'failed' : 'denied', why });
    },
  };
}

/**
 * Ids of policies, sorted. An entry has room for so many; a person of many custom roles may be
 * permitted by more.
 */
const named = (policies: Iterable<string>) => [...policies].sort().slice(0, POLICIES_MAX);
export const POLICIES_MAX = 64;

/** A text that an entry takes, whoever wrote it: an intake's words are its author's. */
const fitting = (text: string, most: number) => text.slice(0, most).toWellFormed();

/**
 * What an entry says of a resource. The entries of a run are told by those that name one which is
 * there.
 */
function placeOf(about: Resource, isFound: boolean): AuditContext {
  if (about.type === 'Platform') return { workspace: 'platform' };
  if (about.type === 'Person')
    return { workspace: 'platform', targets: [{ kind: 'person', id: about.id }] };
  if (!isTarget(workspaceTarget(about.workspace))) return { workspace: 'platform' };
  const { workspace } = about;
  if (about.type === 'Workspace') return { workspace };
  if (about.type === 'Automation')
    return { workspace, targets: [{ kind: 'automation', id: about.automation }] };

  const target =
    about.type === 'Gate'
      ? { kind: 'gate', id: gateTargetId(about, about.gate) }
      : { kind: 'run', id: runTargetId(about) };

  return { workspace, targets: [target], run: isFound ? about.run : undefined };
}
