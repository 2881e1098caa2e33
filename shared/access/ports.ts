import type { DataClass } from '#shared/kernel/index.ts';
import type { Attributes } from './attributes.ts';
import type { Permission } from './permissions.ts';
import type { RoleBody } from './role.ts';

/**
 * The person who makes a request: their document in the directory, read consistently for this
 * request.
 */
export interface Principal {
  /** Id of the person in the directory. */
  readonly id: string;
  /** Names of built-in and custom roles. A name without a role has no effect. */
  readonly roles: readonly string[];
  /** Current documents of the person's custom roles. */
  readonly customRoles: readonly RoleBody[];
  /** Ids of the workspaces that the person has access to, or `*` for all workspaces. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes: Attributes;
}

/** The resource of a request. All except the platform and people belong to a workspace. */
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
  /** Current stage of the run. Empty if the run is not in a stage or does not exist. */
  readonly stage: string;
  /** Id of the person who started the run. Empty if the run does not exist. */
  readonly requester: string;
}

export interface AccessRequest {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly resource: Resource;
  /**
   * Class of the fields to read. Required for `field.read`, and not allowed for other permissions.
   */
  readonly class?: DataClass;
}

export interface Authorization {
  readonly allowed: boolean;
  /**
   * Ids of the policies that determined the decision: the policies that permit the request, or
   * those that forbid it. Empty if no policy applies.
   */
  readonly policies: readonly string[];
  /**
   * Set if the evaluation failed. The request was denied, and the failure was counted. Must not be
   * cached.
   */
  readonly failed?: true;
}

/**
 * Decides whether requests are allowed. Pure: the same request always gets the same decision.
 * Denies by default: a request is denied if no policy permits it, or if any policy forbids it. If
 * the evaluation of a policy fails, the request is denied, and the failure is counted
 * (`AccessErrors`).
 */
export interface PolicyEngine {
  /** Never throws. */
  authorize(request: AccessRequest): Authorization;
  /** Sentences of the built-in policies, by id. */
  readonly says?: ReadonlyMap<string, string>;
}
