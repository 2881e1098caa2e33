import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import {
  type AuthContext,
  type AuthenticatedPerson,
  authenticatedPerson,
  type Login,
  UnknownPersonError,
} from '#shared/identity/index.ts';
import { DefectError, isWritError } from '#shared/kernel/index.ts';
import type { Answer, Endpoint, LoginEndpoint, PersonEndpoint } from './endpoint.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import type { HttpPorts } from './ports.ts';
import { EvidenceUnavailableError, problemOf, UnauthenticatedError } from './problem.ts';
import { readRequest } from './request.ts';
import { type Result, toResponse } from './response.ts';

/**
 * Answers a request of a person: authenticates the person, runs the operation and commits its
 * entry.
 *
 * @throws {@link UnauthenticatedError} when the sender is not known.
 * @throws {@link EvidenceUnavailableError} when the entry cannot be committed.
 * @throws any error of the operation, after its entry is committed.
 */
export async function answerPerson<Ports extends HttpPorts>(
  ports: Ports,
  endpoint: Endpoint<Ports>,
  event: APIGatewayProxyEventV2,
  requestId: string,
): Promise<Result> {
  const login = await loginOf(ports, event);
  const authContext = authContextOf(ports);
  const by = await (endpoint.asks === 'person'
    ? requirePerson(ports, login, authContext)
    : findPerson(ports, login, authContext));
  const evidence = evidenceOf(ports, endpoint, by, requestId);

  try {
    const { given, idempotencyKey } = readRequest(endpoint, event);
    const request = { given, idempotencyKey, requestId };
    const observedPorts = { ...ports, ledger: evidence.ledger };
    const answer = await (endpoint.asks === 'login'
      ? handleLogin(endpoint, { ...request, login, authContext, by }, observedPorts)
      : handle(endpoint, { ...request, by, ...evidence.access }, observedPorts));
    const result = toResponse(endpoint, answer, event, requestId);

    await commitEntry(endpoint, answer, evidence, () => findPerson(ports, login, authContext));

    return result;
  } catch (error) {
    if (isWritError(error) && error.fate === 'stop') throw error;
    if (by === undefined && isUnauthenticated(error))
      throw new UnauthenticatedError('person-unknown', { cause: error });
    if (!(error instanceof EvidenceUnavailableError)) await evidence.commitFailure(error);
    throw error;
  }
}

// The input was parsed with the operation's own schemas, and its declaration ensures that the types
// match.
const handle = <Ports>(endpoint: PersonEndpoint<Ports>, call: object, ports: Ports) =>
  endpoint.handle(call as never, ports);
const handleLogin = <Ports>(endpoint: LoginEndpoint<Ports>, call: object, ports: Ports) =>
  endpoint.handle(call as never, ports);

const isUnauthenticated = (error: unknown) =>
  isWritError(error, 'identity.unknown') || problemOf(error).status < 500;

/**
 * Commits the entry of a successful request.
 *
 * @param currentPerson - Reads the caller again, because they may have been added to the directory
 *   during the request.
 */
async function commitEntry(
  endpoint: Endpoint,
  { audit }: Answer,
  evidence: Evidence,
  currentPerson: () => Promise<AuthenticatedPerson | undefined>,
): Promise<void> {
  if (
    audit === undefined &&
    endpoint.asks === 'person' &&
    endpoint.evidence === 'handler' &&
    !evidence.isCommitted()
  )
    throw new DefectError(
      `operation ${endpoint.operationId} returned without committing its entry`,
    );

  await evidence.commitSuccess(audit ?? { workspace: 'platform' }, currentPerson);
}

async function loginOf({ tokens }: HttpPorts, { headers }: APIGatewayProxyEventV2): Promise<Login> {
  const header = headers.authorization ?? '';
  if (header === '') throw new UnauthenticatedError('token-missing');
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw new UnauthenticatedError('token-refused');

  try {
    return await tokens.verify(token);
  } catch (error) {
    throw isWritError(error, 'identity.token') ? new UnauthenticatedError('token-refused') : error;
  }
}

/**
 * @throws {@link UnauthenticatedError} when the person is not in the directory, or no longer is.
 */
async function requirePerson(
  ports: HttpPorts,
  login: Login,
  authContext: AuthContext,
): Promise<AuthenticatedPerson> {
  try {
    return await authenticatedPerson(ports, login, authContext);
  } catch (error) {
    if (!(error instanceof UnknownPersonError)) throw error;
    throw error.was === undefined
      ? new UnauthenticatedError('person-unknown')
      : new UnauthenticatedError(error.was.because, { person: error.was.person });
  }
}

async function findPerson(
  ports: HttpPorts,
  login: Login,
  authContext: AuthContext,
): Promise<AuthenticatedPerson | undefined> {
  try {
    return await authenticatedPerson(ports, login, authContext);
  } catch (error) {
    if (isWritError(error, 'identity.unknown')) return undefined;
    throw error;
  }
}

/**
 * Records the origin in embedded mode only. On AWS, it would come from a header that the client
 * controls.
 */
const authContextOf = ({ auth = 'oidc' }: HttpPorts): AuthContext =>
  auth === 'embedded' ? { auth, origin: 'local' } : { auth };
