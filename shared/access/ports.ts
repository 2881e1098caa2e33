import type { DataClass } from '#shared/kernel/index.ts';
import type { Attributes } from './attributes.ts';
import type { Permission } from './permissions.ts';
import type { RoleBody } from './role.ts';

/**
 * A person as access is decided about them: their standing in the directory, read consistently for
 * this request.
 */
export interface Principal {
  /** Of the person in the directory. */
  readonly id: string;
  /** Names of built-in and custom roles. A name of no role gives nothing. */
  readonly roles: readonly string[];
  /** The custom ones among them, as they stand. */
  readonly customRoles: readonly RoleBody[];
  /** The workspaces this person is let into; `*`: every one. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes: Attributes;
}

/**
 * What is asked for. Everything but the platform and people lies in a workspace, behind its wall.
 */
export type Resource =
  | { readonly type: 'Platform' }
  | { readonly type: 'Person'; readonly id: string }
  | InWorkspace<'Workspace', object>
  | InWorkspace<'Automation', { readonly automation: string }>
  | InWorkspace<'Run', OfRun>
  | InWorkspace<'Gate', OfRun & { readonly gate: string; readonly decidedBy: string }>;

type InWorkspace<Type extends string, More> = {
  readonly type: Type;
  readonly workspace: string;
  readonly attributes: Attributes;
} & More;

interface OfRun {
  readonly automation: string;
  /** Id of the run. */
  readonly run: string;
  /** Where the run stands. Empty: in no stage, or it is not there. */
  readonly stage: string;
  /** Id of the person who started the run. Empty: it is not there. */
  readonly requester: string;
}

export interface AccessRequest {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly resource: Resource;
  /** Only, and always, with `field.read`: the class of the fields. */
  readonly class?: DataClass;
}

export interface Authorization {
  readonly allowed: boolean;
  /**
   * Ids of the policies that made it so: those that permit, or those that forbid; none when nothing
   * permits.
   */
  readonly policies: readonly string[];
  /** Something failed while it was decided, so it was denied and counted. Not to be kept. */
  readonly failed?: true;
}

/**
 * Decides, purely: the same request always gets the same answer, whatever was asked before. Deny
 * first: what no policy permits is denied, and one that forbids outweighs all that permit. A policy
 * that fails denies, and is counted (`AccessErrors`).
 */
export interface PolicyEngine {
  /** Never throws. */
  authorize(request: AccessRequest): Authorization;
  /** What each built-in policy says, in a sentence for people, by its id. */
  readonly says?: ReadonlyMap<string, string>;
}
