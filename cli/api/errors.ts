import {
  type ErrorFacts,
  type Fate,
  type ForeignErrorCode,
  WritError,
  type WritErrorOptions,
} from '#shared/kernel/index.ts';

/** Problem that the platform returned. Has the code and detail of the problem document. */
export class ApiProblemError extends WritError<ForeignErrorCode> {
  override readonly name = 'ApiProblemError';
  readonly code: ForeignErrorCode;
  readonly fate: Fate;
  /** HTTP status of the response. */
  readonly status: number;
  constructor(
    code: ForeignErrorCode,
    message: string,
    { status, ...facts }: ErrorFacts & { readonly status: number },
    options?: WritErrorOptions,
  ) {
    super(message, { status, ...facts }, options);
    this.code = code;
    this.status = status;

    this.fate =
      status >= 500 || status === 429
        ? 'retry'
        : status === 409 || status === 412
          ? 'reread'
          : 'refuse';
  }
}

/** The platform did not respond in time, or the response is not from Writ. Safe to retry. */
export class PlatformUnreachableError extends WritError {
  override readonly name = 'PlatformUnreachableError';
  readonly code = 'platform.unreachable';
  readonly fate = 'retry';
}
