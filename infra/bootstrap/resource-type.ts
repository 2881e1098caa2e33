import type { Environment } from '../config/environment.ts';
import type { Part } from './places.ts';
import type { Scope } from './scopes.ts';

/** Actions by what they are called on. */
export type Calls = Readonly<Partial<Record<Scope, readonly string[]>>>;

/** What CloudFormation does with resources of one type. */
export interface ResourceType {
  /** Where there are such. */
  readonly in: readonly Part[];
  /**
   * Which environments have such.
   *
   * @default - all of them
   */
  readonly when?: (environment: Environment) => boolean;
  /** Makes, reads, changes and removes one. */
  readonly calls: Calls;
  /**
   * Removes one whose content is kept. Only where deletion protection is off: else CloudFormation
   * leaves it alone.
   */
  readonly empties?: Calls;
}

/** Resource types as templates name them. */
export type ResourceTypes = Readonly<Record<`AWS::${string}`, ResourceType>>;

/** Actions of one service, with white space between them. */
export const of = (service: string, actions: string) =>
  actions
    .trim()
    .split(/\s+/)
    .map((action) => `${service}:${action}`);
