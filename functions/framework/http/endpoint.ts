import type * as z from 'zod/mini';
import type { Authorization, Permission, Resource } from '#shared/access/index.ts';
import type { Action, EntryDraft } from '#shared/audit/index.ts';
import type { AuthContext, AuthenticatedPerson, Login } from '#shared/identity/index.ts';
import type { DataClass, ErrorCode } from '#shared/kernel/index.ts';
import type { HttpPorts, OpenPorts } from './ports.ts';
import type { OpenRoute, PersonsRoute, Route } from './route.ts';

/**
 * One operation of the API, made with {@link endpoint}, {@link loginEndpoint} or {@link
 * openEndpoint}.
 */
export type Endpoint<Ports = never> = PersonEndpoint<Ports> | LoginEndpoint<Ports>;

/**
 * One operation of the API that a signed-in person may ask for. From this one declaration come the
 * route in the cloud, what is checked before any code of the operation runs, and its place in the
 * OpenAPI document.
 */
export interface PersonEndpoint<Ports = never> extends PersonsRoute, Described {
  readonly operationId: string;
  readonly asks: 'person';
  /** What is written of it, also where it is refused. */
  readonly action: Action;
  /**
   * `here`: an answer that tells nothing has had its entry committed by the operation; where it has
   * not, nothing is shown.
   */
  readonly evidence?: 'here';
  readonly handle: (call: Call<never>, ports: Ports) => Promise<Answer>;
}

/** The same for who has a token of the issuer and may not be in the directory yet. */
export interface LoginEndpoint<Ports = never> extends PersonsRoute, Described {
  readonly operationId: string;
  readonly asks: 'login';
  readonly action: Action;
  readonly handle: (call: LoginCall<never>, ports: Ports) => Promise<Answer>;
}

/**
 * The same for anybody, whichever way the request came: it tells nothing that is not public. Leaves
 * no entry.
 */
export interface OpenEndpoint extends OpenRoute, Described {
  readonly operationId: string;
  readonly handle: (ports: OpenPorts) => Promise<Answer>;
}

/** A route with what the OpenAPI document says of it. */
export type Operation = Route & Described & { readonly operationId: string };

/** What the OpenAPI document says of an operation, and what is checked by it. */
export interface Described {
  /** A sentence for the OpenAPI document. */
  readonly summary: string;
  readonly request: RequestSchema;
  readonly response: ResponseSchema;
}

export interface RequestSchema {
  /** Parameters of the path, a schema of text each. A path that does not fit leads nowhere: 404. */
  readonly path?: ObjectSchema;
  /**
   * Parameters of the query, each from text. Unknown ones are refused. See also `PAGE` of
   * `page.ts`.
   */
  readonly query?: ObjectSchema;
  /** The body: JSON of this form, or the bytes of an upload of one of these content types. */
  readonly body?: BodySchema;
  /** Whether the header `Idempotency-Key` is required. */
  readonly idempotencyKey?: true;
}

export type ObjectSchema = z.ZodMiniObject<z.core.$ZodShape, z.core.$ZodObjectConfig>;
export type BodySchema = { readonly json: z.ZodMiniType } | { readonly bytes: readonly string[] };

export interface ResponseSchema {
  readonly status: 200 | 201;
  /** The status when nothing new was done, because it was done before. */
  readonly again?: 200;
  /** Of the answer's body. An answer that does not fit is a defect, and is not shown. */
  readonly json: z.ZodMiniType;
  /** The answer as CSV, when `Accept: text/csv` is offered too. */
  readonly csv?: (body: never) => string;
  /** Codes of the refusals that are of this operation, beside those that any operation may give. */
  readonly refusals?: readonly ErrorCode[];
}

/** What came with a request, everything of it checked. */
interface Request<Given> {
  readonly given: Given;
  /** 1 to 200 characters of printable ASCII, where the operation asks for it; else empty. */
  readonly idempotencyKey: string;
  /** Names the request in answers, entries and log lines. */
  readonly requestId: string;
}

/** One request of a signed-in person. */
export interface Call<Given = Anything> extends Request<Given> {
  readonly by: AuthenticatedPerson;
  /**
   * Whether the person may see what was asked for: one decision, whether it is there or not.
   *
   * @param found - As it stands; undefined when it is not there.
   * @param sought - The same as far as the request names it, for when it is not there.
   * @throws `request.not-found`: it is not there, or this person must not learn that it is.
   *   Nothing tells which.
   */
  readonly requireVisible: (
    permission: Permission,
    found: Resource | undefined,
    sought: Resource,
    dataClass?: DataClass,
  ) => Authorization;
  /**
   * Whether the person may do this with what they may see.
   *
   * @throws `access.denied`.
   */
  readonly authorize: (
    permission: Permission,
    resource: Resource,
    dataClass?: DataClass,
  ) => Authorization;
  /** The same without an error: for parts of an answer that are left out. */
  readonly isAllowed: (
    permission: Permission,
    resource: Resource,
    dataClass?: DataClass,
  ) => Authorization;
}

/** One request of who has a token of the issuer. */
export interface LoginCall<Given = Anything> extends Request<Given> {
  readonly login: Login;
  readonly authContext: AuthContext;
  /** Undefined: they are not in the directory. */
  readonly by: AuthenticatedPerson | undefined;
}

type Anything = { readonly path: object; readonly query: object; readonly body: unknown };

/** What a person gets, and what is written of it. */
export interface Answer<Body = unknown> {
  /** `again` where what was asked for had been done before; see {@link ResponseSchema}. */
  readonly again?: true;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Where the operation did not commit its own entry. Without it the entry stands in the workspace
   * `platform`.
   */
  readonly audit?: AuditContext;
}

/** What an entry says of a request. `action`: where it is another one than the endpoint's. */
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

/** What was given, by the schemas of what is taken. */
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
 * Declares an operation for signed-in people. What `handle` is given follows from the schemas of
 * `takes`.
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

/** Declares an operation for who has a token of the issuer, and may not be in the directory yet. */
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

/** Declares an operation for anybody. It takes nothing. */
export function openEndpoint<Json extends z.ZodMiniType>(
  declared: Head<OpenEndpoint> & {
    readonly response: { readonly status: 200; readonly json: Json };
    readonly handle: (ports: OpenPorts) => Promise<Answer<z.output<Json>>>;
  },
): OpenEndpoint {
  return { request: {}, ...declared, authentication: 'none' };
}
