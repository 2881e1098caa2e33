import type { Environment } from '../config/environment.ts';
import type { EnvironmentPart } from './places.ts';
import type { Scope } from './scopes.ts';

/** Actions, by scope. */
export type Calls = Readonly<Partial<Record<Scope, readonly string[]>>>;

/** CloudFormation's actions on resources of one type. */
export interface ResourceType {
  /** Parts of an environment that have such resources. */
  readonly in: readonly EnvironmentPart[];
  /**
   * Returns whether an environment has such resources.
   *
   * @default - all environments have them
   */
  readonly when?: (environment: Environment) => boolean;
  /** Actions that create, read, change and remove such a resource. */
  readonly calls: Calls;
  /**
   * Actions that remove such a resource with its content. Allowed only without deletion protection,
   * because CloudFormation otherwise retains the resource.
   */
  readonly empties?: Calls;
}

/** Resource types as templates name them. */
export type ResourceTypes = Readonly<Record<`AWS::${string}`, ResourceType>>;

/** Expands a list of one service's actions, separated by white space. */
export const of = (service: string, actions: string) =>
  actions
    .trim()
    .split(/\s+/)
    .map((action) => `${service}:${action}`);
