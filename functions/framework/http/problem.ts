import {
  type ErrorCode,
  type ErrorFacts,
  type Fate,
  type ForeignErrorCode,
  isWritError,
  WritError,
} from '#shared/kernel/index.ts';

/** A request that is refused for its form, its limits, or because nobody is to be told more. */
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
  /** @param message - Never repeats what was sent: it stands in an entry, for good. */
  constructor(code: RequestRefusedError['code'], message: string, facts?: ErrorFacts) {
    super(message, facts);
    this.code = code;
  }
}

/** What was asked for is not there, or this person must not learn that it is. */
export class NotFoundError extends WritError {
  override readonly name = 'NotFoundError';
  readonly code = 'request.not-found';
  readonly fate: Fate = 'refuse';
  /** Which of them it was: for the entry, never for the answer. */
  readonly because: 'it is not there' | 'this person may not see it' | 'the reference is malformed';
  constructor(because: NotFoundError['because']) {
    super('there is no such thing, or it is not for you to see');
    this.because = because;
  }
}

/** Who asked may see this, and may not do that with it. */
export class AccessDeniedError extends WritError {
  override readonly name = 'AccessDeniedError';
  readonly code = 'access.denied';
  readonly fate: Fate = 'refuse';
  /**
   * Ids of the policies that forbade it; none where nothing permitted it. For whoever can say the
   * reason better.
   */
  readonly policies: readonly string[];
  /** @param because - What keeps them from it, in words, for who may see the thing. */
  constructor(
    permission: string,
    policies: readonly string[] = [],
    because = `it takes the permission ${permission}`,
  ) {
    super(`you are not allowed to do this: ${because}`, { permission });
    this.policies = policies;
  }
}

/** The roles that somebody holds, in words. */
export const held = (roles: readonly string[]) =>
  roles.length === 0 ? 'no role' : roles.join(', ');

/**
 * Kinds of requests whose sender is nobody here, or nobody any more. A closed list, because each of
 * them may take room in the trail.
 */
export type UnauthenticatedKind =
  | 'token-missing'
  | 'token-refused'
  | 'person-unknown'
  | 'person-inactive'
  | 'session-ended'
  | 'origin-header';

/**
 * Nobody here knows who sent the request, or it went around what stands in front of the API.
 * Counted, not told one by one.
 */
export class UnauthenticatedError extends WritError {
  override readonly name = 'UnauthenticatedError';
  readonly code: 'request.unidentified' | 'request.origin';
  readonly fate: Fate = 'refuse';
  /** For counting, never for the answer. */
  readonly kind: UnauthenticatedKind;
  /** Id of the person that the sender was, where the directory still knows it. */
  readonly person: string | undefined;
  constructor(
    kind: UnauthenticatedKind,
    options: ErrorOptions & { readonly person?: string } = {},
  ) {
    super(
      kind === 'origin-header'
        ? 'the request did not come the way it has to'
        : 'a token that identifies you is needed',
      {},
      options,
    );

    this.code = kind === 'origin-header' ? 'request.origin' : 'request.unidentified';
    this.kind = kind;
    this.person = options.person;
  }
}

/** The evidence of a request could not be committed, so nothing is shown. */
export class EvidenceUnavailableError extends WritError {
  override readonly name = 'EvidenceUnavailableError';
  readonly code = 'request.unavailable';
  readonly fate: Fate = 'retry';
  constructor(options?: ErrorOptions) {
    super('the evidence of a request could not be committed', {}, options);
  }
}

/**
 * What another function refused, passed on as it said it: an intake that does not take an upload,
 * say.
 */
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
    // what ends another process is no reason to end this one
    this.fate = fate === 'stop' ? 'retry' : fate;
  }
}

/**
 * What is told of an error: its code and sentence where it is one that people can do something
 * about, else none of it.
 */
export interface Problem {
  readonly status: ProblemStatus;
  readonly code: ForeignErrorCode;
  readonly detail: string;
}

/** Every status that is not success, and what it is called. */
export const PROBLEM_TITLES = {
  400: 'The request is malformed',
  401: 'Not identified',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not as things stand',
  413: 'Too large',
  415: 'Content of another type is needed',
  422: 'Not acceptable',
  500: 'Failed',
  503: 'Not available now',
} as const;

export type ProblemStatus = keyof typeof PROBLEM_TITLES;

/**
 * Codes that are told to whoever asked. Every other one is a failure of ours, of which nothing is
 * told.
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
 * Codes of ours that an intake may pass on. It runs its author's code: under any other it would
 * speak in our name.
 */
const PASSED_ON: Readonly<Record<string, ProblemStatus>> = {
  'json.malformed': 422,
  'run.input-invalid': 422,
  'run.key-invalid': 400,
  'run.key-reused': 409,
} satisfies Partial<Record<ErrorCode, ProblemStatus>>;

/**
 * Areas of codes that are the platform's own: of failures, and of what only its functions may say.
 */
const OURS =
  /^(?:kernel|ledger|audit|keys|seal|secret|wiring|bundles|access|authority|automation|json|intake|function|request|identity|session|sign-in|gate|person|people|workspace|run|role|rollout|platform|id|name|attributes|http|start)\./;

/** What is told of a failure of ours: nothing of it. */
export const FAILED: Problem = {
  status: 500,
  code: 'request.failed',
  detail: 'something failed here; the request id says to operators what it was',
};
export const UNAVAILABLE: Problem = {
  status: 503,
  code: 'request.unavailable',
  detail: 'this cannot be answered now; ask again',
};

/** What is told of an error. Closed: a text that is not meant for people never gets out. */
export function problemOf(error: unknown): Problem {
  if (error instanceof PassedOnError) return passedOn(error);
  if (
    error instanceof UnauthenticatedError &&
    isWritError(error.cause, 'identity.not-first-admin', 'identity.first-admin-taken')
  )
    return problemOf(error.cause); // of who has a token of the issuer

  if (isWritError(error)) {
    const status = Object.hasOwn(PROBLEMS, error.code) ? PROBLEMS[error.code] : undefined;
    if (status !== undefined) return { status, code: error.code, detail: error.message };
    if (error.code === 'gate.unknown') return problemOf(new NotFoundError('it is not there'));
    if (error.fate === 'retry' || error.fate === 'reread') return UNAVAILABLE;
  }

  return FAILED;
}

function passedOn({ code, fate, message }: PassedOnError): Problem {
  if (fate !== 'refuse') return UNAVAILABLE;
  const isOurs = OURS.test(code) || Object.hasOwn(PROBLEMS, code);
  const status = Object.hasOwn(PASSED_ON, code) ? PASSED_ON[code] : isOurs ? undefined : 422;
  return status === undefined ? FAILED : { status, code, detail: message };
}
