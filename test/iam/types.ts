/**
 * Keys that conditions ask about. A list is a key of several values, even when it holds one; a text
 * is a key of one value.
 */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** One question to IAM. An API call can lead to several, all of which must be allowed. */
export interface Request {
  /**
   * ARN of the role whose session asks, or the name of an AWS service that asks for itself
   * (`events.amazonaws.com`).
   */
  readonly principal: string;
  /** Name of the role's session. Needed only where a policy names sessions. */
  readonly session?: string;
  readonly action: string;
  /** ARN, or `*` for actions that know no resources. */
  readonly resource: string;
  readonly context: Context;
}

/** A policy as a template or an API holds it. Nothing in it is believed before it is read. */
export interface PolicyDocument {
  readonly Version?: unknown;
  readonly Id?: unknown;
  readonly Statement: unknown;
}

/** Every policy that has a say in a request. */
export interface Policies {
  /** Inline and managed policies of the role. They add up. */
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  readonly session?: PolicyDocument;
  /**
   * Service control policies, one document for each level from the root to the account. Each must
   * allow.
   */
  readonly scp?: readonly PolicyDocument[];
  /**
   * The policy on the resource: of a key, a table, a queue, a bucket, a secret, a function, or a
   * role's trust policy.
   */
  readonly resourcePolicy?: PolicyDocument;
}

export type Layer = keyof Policies;

/**
 * The answer, and why. `sid` is that of the statement that decided, if it has one; an implicit deny
 * has no statement.
 */
export type Decision =
  | {
      readonly decision: 'allowed';
      readonly by: 'explicit-allow';
      readonly layer: Layer;
      readonly sid: string | undefined;
    }
  | {
      readonly decision: 'denied';
      readonly by: 'explicit-deny';
      readonly layer: Layer;
      readonly sid: string | undefined;
    }
  | { readonly decision: 'denied'; readonly by: 'implicit-deny'; readonly layer: Layer };
