import type { DataClass } from '#shared/kernel/index.ts';
import type { Attributes } from './attributes.ts';
import type { Permission } from './permissions.ts';
import type { RoleBody } from './role.ts';

/** The person of a request: their document in the directory, read consistently for this request. */
export interface Principal {
  /** Id of the person in the directory. */
  readonly id: string;
  /** Names of built-in and custom roles. A name without a role grants nothing. */
  readonly roles: readonly string[];
  /** Current documents of the custom roles among them. */
  readonly customRoles: readonly RoleBody[];
  /** Ids of the workspaces that the person has access to; `*`: all. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes: Attributes;
}

/** The resource of a request. All but the platform and people belong to a workspace. */
export type Resource =
  | { readonly type: 'Platform' }
  | { readonly type: 'Person'; readonly id: string }
  | InWorkspace<'Workspace', object>
  | InWorkspace<'Automation', { readonly automation: string }>
  | InWorkspace<'Run', RunFacts>
  | InWorkspace<'Gate', RunFacts & { readonly gate: string; readonly decidedBy: string }>;

type InWorkspace<Type extends string, More> = {
  readonly type: Type;
  readonly workspace: string;
  readonly attributes: Attributes;
} & More;

interface RunFacts {
  readonly automation: string;
  /** Id of the run. */
  readonly run: string;
  /** Current stage of the run. Empty: in no stage, or the run does not exist. */
  readonly stage: string;
  /** Id of the person who started the run. Empty: the run does not exist. */
  readonly requester: string;
}

export interface AccessRequest {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly resource: Resource;
  /** Class of the fields to read. Required with `field.read`, and set with no other permission. */
  readonly class?: DataClass;
}

export interface Authorization {
  readonly allowed: boolean;
  /**
   * Ids of the policies that determined the decision: those that permit, or those that forbid.
   * Empty when no policy permits.
   */
  readonly policies: readonly string[];
  /** Set when the decision failed: it was denied and counted. Must not be cached. */
  readonly failed?: true;
}

/**
 * Decides about requests. Pure: the same request always gets the same answer. Denies by default: a
 * request without a permitting policy is denied, and one forbidding policy outweighs all permitting
 * ones. A policy that fails denies, and is counted (`AccessErrors`).
 */
export interface PolicyEngine {
  /** Never throws. */
  authorize(request: AccessRequest): Authorization;
  /** Sentences of the built-in policies, by id. */
  readonly says?: ReadonlyMap<string, string>;
}
