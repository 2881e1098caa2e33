import {
  type ErrorCode,
  type ErrorFacts,
  type Fate,
  type ForeignErrorCode,
  isWritError,
  WritError,
} from '#shared/kernel/index.ts';

/** Thrown for a request whose form or size is not allowed. */
export class RequestRefusedError extends WritError {
  override readonly name = 'RequestRefusedError';
  readonly code:
    | 'request.query'
    | 'request.body'
    | 'request.body-type'
    | 'request.body-encoding'
    | 'request.body-too-large'
    | 'request.idempotency-key'
    | 'request.cursor'
    | 'request.answer-too-large';
  readonly fate: Fate = 'refuse';
  /**
   * @param message - Stored permanently in an audit entry, so it must never repeat parts of the
   *   request.
   */
  constructor(code: RequestRefusedError['code'], message: string, facts?: ErrorFacts) {
    super(message, facts);
    this.code = code;
  }
}

/** Thrown when a resource does not exist, or when the caller must not learn that it exists. */
export class NotFoundError extends WritError {
  override readonly name = 'NotFoundError';
  readonly code = 'request.not-found';
  readonly fate: Fate = 'refuse';
  /** Actual reason. Only for the audit entry, never for the response. */
  readonly because: 'it is not there' | 'this person may not see it' | 'the reference is malformed';
  constructor(because: NotFoundError['because']) {
    super('the requested resource does not exist, or you are not allowed to see it');
    this.because = because;
  }
}

/** Thrown when a person can see a resource but is not allowed to perform the action on it. */
export class AccessDeniedError extends WritError {
  override readonly name = 'AccessDeniedError';
  readonly code = 'access.denied';
  readonly fate: Fate = 'refuse';
  /**
   * Ids of the policies that forbade the action; empty when no policy permitted it. Lets a caller
   * give a better reason.
   */
  readonly policies: readonly string[];
  /** @param because - Reason, for a person who can see the resource. */
  constructor(
    permission: string,
    policies: readonly string[] = [],
    because = `it requires the permission ${permission}`,
  ) {
    super(`you are not allowed to do this: ${because}`, { permission });
    this.policies = policies;
  }
}

/** Returns a list of a person's roles, or `none`. */
export const describeRoles = (roles: readonly string[]) =>
  roles.length === 0 ? 'none' : roles.join(', ');

/**
 * Reasons why a request is not authenticated. The list is closed, because each reason can add
 * entries to the trail.
 */
export type UnauthenticatedKind =
  | 'token-missing'
  | 'token-refused'
  | 'person-unknown'
  | 'person-inactive'
  | 'session-ended'
  | 'origin-header';

/**
 * Thrown when the sender is not known, or when the request bypassed the CDN in front of the API.
 * Such requests are counted, not recorded one by one.
 */
export class UnauthenticatedError extends WritError {
  override readonly name = 'UnauthenticatedError';
  readonly code: 'request.unidentified' | 'request.origin';
  readonly fate: Fate = 'refuse';
  /** Reason. Only for counting, never for the response. */
  readonly kind: UnauthenticatedKind;
  /** Id of the person, if the directory can still identify the sender. */
  readonly person: string | undefined;
  constructor(
    kind: UnauthenticatedKind,
    options: ErrorOptions & { readonly person?: string } = {},
  ) {
    super(
      kind === 'origin-header'
        ? 'the request did not come through the address of the API'
        : 'a valid bearer token is required',
      {},
      options,
    );

    this.code = kind === 'origin-header' ? 'request.origin' : 'request.unidentified';
    this.kind = kind;
    this.person = options.person;
  }
}

/** Thrown when the audit entry of a request cannot be committed. No response is sent then. */
export class EvidenceUnavailableError extends WritError {
  override readonly name = 'EvidenceUnavailableError';
  readonly code = 'request.unavailable';
  readonly fate: Fate = 'retry';
  constructor(options?: ErrorOptions) {
    super('the audit entry of the request could not be committed', {}, options);
  }
}

/** Refusal of another function, such as an intake. Passed on with its code and message. */
export class PassedOnError extends WritError<ForeignErrorCode> {
  override readonly name = 'PassedOnError';
  readonly code: ForeignErrorCode;
  readonly fate: Fate;
  constructor({
    code,
    fate,
    message,
    facts,
  }: { code: ForeignErrorCode; fate: Fate; message: string; facts?: ErrorFacts }) {
    super(message, facts);
    this.code = code;
    // An error that ends the other process must not end this process.
    this.fate = fate === 'stop' ? 'retry' : fate;
  }
}

/** Public part of an error. It has a code and a message only if the client can act on them. */
export interface Problem {
  readonly status: ProblemStatus;
  readonly code: ForeignErrorCode;
  readonly detail: string;
  /** Remedy, if the error has one. */
  readonly help?: string | undefined;
}

/**
 * Standard title of each error status.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110, section 15
 */
export const PROBLEM_TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

export type ProblemStatus = keyof typeof PROBLEM_TITLES;

/**
 * Codes that are sent to clients, with their status. All other errors become an opaque 500 or 503.
 */
export const PROBLEMS: Readonly<Record<string, ProblemStatus>> = {
  'request.query': 400,
  'request.body': 400,
  'request.idempotency-key': 400,
  'request.cursor': 400,
  'request.unidentified': 401,
  'request.origin': 403,
  'request.not-found': 404,
  'automation.unknown': 404,
  'request.body-too-large': 413,
  'request.body-type': 415,
  'request.body-encoding': 415,
  'request.answer-too-large': 422,
  'access.denied': 403,
  'identity.not-first-admin': 403,
  'identity.first-admin-taken': 409,
  'person.taken': 409,
  'name.invalid': 422,
  'attributes.invalid': 422,
  'workspace.reserved': 422,
  'workspace.taken': 409,
  'run.key-invalid': 400,
  'run.key-reused': 409,
  'run.input-invalid': 422,
  'run.decided': 409,
  'gate.role': 403,
  'gate.requester': 403,
  'gate.decided': 409,
  'gate.expired': 409,
  'gate.stale': 409,
  'gate.unreadable': 403,
  'gate.outcome': 422,
  'gate.reason': 422,
} satisfies Partial<Record<ErrorCode, ProblemStatus>>;

/**
 * Platform codes that an intake may pass on. An intake runs its author's code, which must not use
 * any other platform code.
 */
const INTAKE_CODES: Readonly<Record<string, ProblemStatus>> = {
  'json.malformed': 422,
  'run.input-invalid': 422,
  'run.key-invalid': 400,
  'run.key-reused': 409,
} satisfies Partial<Record<ErrorCode, ProblemStatus>>;

/** Prefixes of codes that are reserved for the platform. */
const PLATFORM_CODES =
  /^(?:kernel|ledger|audit|keys|seal|secret|wiring|bundles|access|authority|automation|json|intake|function|request|identity|session|sign-in|gate|person|people|workspace|run|role|rollout|platform|id|name|attributes|http|start)\./;

/** Response to an internal failure. It does not reveal the failure's cause. */
export const FAILED: Problem = {
  status: 500,
  code: 'request.failed',
  detail: 'the request failed on the server; give the request id to an operator',
};
export const UNAVAILABLE: Problem = {
  status: 503,
  code: 'request.unavailable',
  detail: 'the service cannot answer now; retry the request',
};

/**
 * Converts an error to its public problem. The list of codes is closed, so an internal message
 * never reaches a client.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof PassedOnError) return passedOn(error);
  if (
    error instanceof UnauthenticatedError &&
    isWritError(error.cause, 'identity.not-first-admin', 'identity.first-admin-taken')
  )
    return problemOf(error.cause); // the caller has a valid token of the issuer

  if (isWritError(error)) {
    const status = Object.hasOwn(PROBLEMS, error.code) ? PROBLEMS[error.code] : undefined;
    if (status !== undefined)
      return { status, code: error.code, detail: error.message, help: error.help };
    if (error.code === 'gate.unknown') return problemOf(new NotFoundError('it is not there'));
    if (error.fate === 'retry' || error.fate === 'reread') return UNAVAILABLE;
  }

  return FAILED;
}

function passedOn({ code, fate, message }: PassedOnError): Problem {
  if (fate !== 'refuse') return UNAVAILABLE;
  const isOurs = PLATFORM_CODES.test(code) || Object.hasOwn(PROBLEMS, code);
  const status = Object.hasOwn(INTAKE_CODES, code) ? INTAKE_CODES[code] : isOurs ? undefined : 422;
  return status === undefined ? FAILED : { status, code, detail: message };
}
