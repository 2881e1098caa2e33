import type * as z from 'zod/mini';
import type { Authorization, Permission, Resource } from '#shared/access/index.ts';
import type { Action, EntryDraft } from '#shared/audit/index.ts';
import type { AuthContext, AuthenticatedPerson, Login } from '#shared/identity/index.ts';
import type { DataClass, ErrorCode } from '#shared/kernel/index.ts';
import type { HttpPorts, OpenPorts } from './ports.ts';
import type { OpenRoute, PersonsRoute, Route } from './route.ts';

/**
 * Operation of the API, declared with {@link endpoint}, {@link loginEndpoint} or
 * {@link openEndpoint}.
 */
export type Endpoint<Ports = never> = PersonEndpoint<Ports> | LoginEndpoint<Ports>;

/**
 * Operation for signed-in people. This declaration defines the route in the cloud, the validation
 * before the operation runs, and the operation's part of the OpenAPI document.
 */
export interface PersonEndpoint<Ports = never> extends PersonsRoute, Described {
  readonly operationId: string;
  readonly asks: 'person';
  /** Action of the audit entry, also if the request is refused. */
  readonly action: Action;
  /**
   * `handler`: the operation commits its own audit entry. If the operation returns without an
   * entry, the request fails.
   */
  readonly evidence?: 'handler';
  readonly handle: (call: Call<never>, ports: Ports) => Promise<Answer>;
}

/** Operation for callers who have a token of the issuer but may not be in the directory yet. */
export interface LoginEndpoint<Ports = never> extends PersonsRoute, Described {
  readonly operationId: string;
  readonly asks: 'login';
  readonly action: Action;
  readonly handle: (call: LoginCall<never>, ports: Ports) => Promise<Answer>;
}

/**
 * Public operation, also reachable without the CDN in front of the API. Its responses are public,
 * and it does not write audit entries.
 */
export interface OpenEndpoint extends OpenRoute, Described {
  readonly operationId: string;
  readonly handle: (ports: OpenPorts) => Promise<Answer>;
}

/** Route with its schemas and description. */
export type Operation = Route & Described & { readonly operationId: string };

/** Schemas and description of an operation, for validation and the OpenAPI document. */
export interface Described {
  /** Sentence for the OpenAPI document, starting with a verb. */
  readonly summary: string;
  readonly request: RequestSchema;
  readonly response: ResponseSchema;
}

export interface RequestSchema {
  /** Path parameters, each parsed from text. A path that does not match gets a 404 response. */
  readonly path?: ObjectSchema;
  /**
   * Query parameters, each parsed from text. Unknown parameters are refused. See also `PAGE` in
   * `page.ts`.
   */
  readonly query?: ObjectSchema;
  /**
   * Body: JSON that matches this schema, or the bytes of an upload with one of these content types.
   */
  readonly body?: BodySchema;
  /** Requires the header `Idempotency-Key`. */
  readonly idempotencyKey?: true;
}

export type ObjectSchema = z.ZodMiniObject<z.core.$ZodShape, z.core.$ZodObjectConfig>;
export type BodySchema = { readonly json: z.ZodMiniType } | { readonly bytes: readonly string[] };

export interface ResponseSchema {
  readonly status: 200 | 201;
  /** Status of the response to a repeated request, whose result already exists. */
  readonly again?: 200;
  /** Schema of the body. An answer that does not match is a defect and is not sent. */
  readonly json: z.ZodMiniType;
  /**
   * Formats the answer as CSV for `Accept: text/csv`. Absent if the operation does not support CSV.
   */
  readonly csv?: (body: never) => string;
  /** Error codes of this operation, in addition to those of every operation. */
  readonly refusals?: readonly ErrorCode[];
}

/** Validated request. */
interface Request<Given> {
  readonly given: Given;
  /** Printable ASCII, 1 to 200 characters; empty when the operation does not require a key. */
  readonly idempotencyKey: string;
  /** Identifies the request in responses, audit entries and log lines. */
  readonly requestId: string;
}

/** Request of a signed-in person. */
export interface Call<Given = Anything> extends Request<Given> {
  readonly by: AuthenticatedPerson;
  /**
   * Authorizes the person to see a resource. Makes the same decision whether or not the resource
   * exists.
   *
   * @param found - The stored resource; undefined when it does not exist.
   * @param sought - The resource as far as the request identifies it, for when it does not exist.
   * @throws `request.not-found` when it does not exist, or when the person must not learn that it
   *   does. The response is the same in both cases.
   */
  readonly requireVisible: (
    permission: Permission,
    found: Resource | undefined,
    sought: Resource,
    dataClass?: DataClass,
  ) => Authorization;
  /**
   * Authorizes an action on a visible resource.
   *
   * @throws `access.denied` when it is not allowed.
   */
  readonly authorize: (
    permission: Permission,
    resource: Resource,
    dataClass?: DataClass,
  ) => Authorization;
  /** Decides like `authorize`, but does not throw. For parts of an answer that can be left out. */
  readonly isAllowed: (
    permission: Permission,
    resource: Resource,
    dataClass?: DataClass,
  ) => Authorization;
}

/** Request of a caller with a token of the issuer. */
export interface LoginCall<Given = Anything> extends Request<Given> {
  readonly login: Login;
  readonly authContext: AuthContext;
  /** The caller; undefined if they are not in the directory. */
  readonly by: AuthenticatedPerson | undefined;
}

type Anything = { readonly path: object; readonly query: object; readonly body: unknown };

/** Result of an operation: the response body and the context of the audit entry. */
export interface Answer<Body = unknown> {
  /** Set when the result already existed; see {@link ResponseSchema}. */
  readonly again?: true;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Context of the audit entry, if the operation did not commit the entry itself. Without a
   * context, the entry belongs to the workspace `platform`.
   */
  readonly audit?: AuditContext;
}

/**
 * Parts of an audit entry that the operation provides. `action` is set only if it differs from the
 * endpoint's action.
 */
export type AuditContext = Pick<
  EntryDraft,
  'workspace' | 'run' | 'targets' | 'classes' | 'reads'
> & {
  readonly action?: Action;
};

interface Declared<
  Path extends ObjectSchema,
  Query extends ObjectSchema,
  Body extends BodySchema,
  Json extends z.ZodMiniType,
> {
  readonly request?: {
    readonly path?: Path;
    readonly query?: Query;
    readonly body?: Body;
    readonly idempotencyKey?: true;
  };
  readonly response: Omit<ResponseSchema, 'json' | 'csv'> & {
    readonly json: Json;
    readonly csv?: (body: z.output<Json>) => string;
  };
}

/** Types of the validated input, derived from the request schemas. */
interface Given<Path extends ObjectSchema, Query extends ObjectSchema, Body extends BodySchema> {
  readonly path: z.output<Path>;
  readonly query: z.output<Query>;
  readonly body: BodySchema extends Body
    ? undefined
    : Body extends { readonly json: infer Form }
      ? z.output<Form>
      : Uint8Array;
}

type None = z.ZodMiniObject<Record<never, never>, z.core.$strict>;
type Head<Of> = Omit<Of, 'authentication' | 'asks' | 'request' | 'response' | 'handle'>;

/**
 * Declares an operation for signed-in people. The input types of `handle` are inferred from the
 * schemas in `request`.
 */
export function endpoint<
  Json extends z.ZodMiniType,
  Path extends ObjectSchema = None,
  Query extends ObjectSchema = None,
  Body extends BodySchema = BodySchema,
  Ports extends HttpPorts = HttpPorts,
>(
  declared: Head<PersonEndpoint> &
    Declared<Path, Query, Body, Json> & {
      readonly handle: (
        call: Call<Given<Path, Query, Body>>,
        ports: Ports,
      ) => Promise<Answer<z.output<Json>>>;
    },
): PersonEndpoint<Ports> {
  return { request: {}, ...declared, authentication: 'person', asks: 'person' };
}

/**
 * Declares an operation for callers who have a token of the issuer but may not be in the directory
 * yet.
 */
export function loginEndpoint<
  Json extends z.ZodMiniType,
  Path extends ObjectSchema = None,
  Query extends ObjectSchema = None,
  Body extends BodySchema = BodySchema,
  Ports extends HttpPorts = HttpPorts,
>(
  declared: Head<LoginEndpoint> &
    Declared<Path, Query, Body, Json> & {
      readonly handle: (
        call: LoginCall<Given<Path, Query, Body>>,
        ports: Ports,
      ) => Promise<Answer<z.output<Json>>>;
    },
): LoginEndpoint<Ports> {
  return { request: {}, ...declared, authentication: 'person', asks: 'login' };
}

/** Declares a public operation without input. */
export function openEndpoint<Json extends z.ZodMiniType>(
  declared: Head<OpenEndpoint> & {
    readonly response: { readonly status: 200; readonly json: Json };
    readonly handle: (ports: OpenPorts) => Promise<Answer<z.output<Json>>>;
  },
): OpenEndpoint {
  return { request: {}, ...declared, authentication: 'none' };
}
