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
 * Answers a request of somebody who has to be known.
 *
 * @throws {@link UnauthenticatedError}: they are not. What the operation throws, once its entry is
 *   committed.
 * @throws {@link EvidenceUnavailableError}: it could not be.
 */
export async function answerPerson<Ports extends HttpPorts>(
  ports: Ports,
  endpoint: Endpoint<Ports>,
  event: APIGatewayProxyEventV2,
  requestId: string,
): Promise<Result> {
  const login = await loginOf(ports, event);
  const how = authContextOf(ports);
  const by = await (endpoint.asks === 'person'
    ? knownPerson(ports, login, how)
    : whoIs(ports, login, how));
  const evidence = evidenceOf(ports, endpoint, by, requestId);

  try {
    const { given, idempotencyKey } = readRequest(endpoint, event);
    const request = { given, idempotencyKey, requestId };
    const own = { ...ports, ledger: evidence.ledger };
    const operated = await (endpoint.asks === 'login'
      ? operateLogin(endpoint, { ...request, login, authContext: how, by }, own)
      : operate(endpoint, { ...request, by, ...evidence.access }, own));
    const result = toResponse(endpoint, operated, event, requestId);

    await conclude(endpoint, operated, evidence, () => whoIs(ports, login, how));

    return result;
  } catch (error) {
    if (isWritError(error) && error.fate === 'stop') throw error;
    if (by === undefined && isUnauthenticated(error))
      throw new UnauthenticatedError('person-unknown', { cause: error });
    if (!(error instanceof EvidenceUnavailableError)) await evidence.tellRefusal(error);
    throw error;
  }
}

// what is given was made of the operation's own schemas; its declaration tied their types together
const operate = <Ports>(endpoint: PersonEndpoint<Ports>, call: object, ports: Ports) =>
  endpoint.handle(call as never, ports);
const operateLogin = <Ports>(endpoint: LoginEndpoint<Ports>, call: object, ports: Ports) =>
  endpoint.handle(call as never, ports);

const isUnauthenticated = (error: unknown) =>
  isWritError(error, 'identity.unknown') || problemOf(error).status < 500;

/**
 * @param now - Who sent the request, as the directory has it now: they may have come into it
 *   meanwhile.
 */
async function conclude(
  endpoint: Endpoint,
  { audit }: Answer,
  evidence: Evidence,
  now: () => Promise<AuthenticatedPerson | undefined>,
): Promise<void> {
  if (
    audit === undefined &&
    endpoint.asks === 'person' &&
    endpoint.evidence === 'here' &&
    !evidence.isThere()
  )
    throw new DefectError(
      `operation ${endpoint.operationId} ended without the entry that it commits itself`,
    );

  await evidence.tell(audit ?? { workspace: 'platform' }, now);
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

/** @throws {@link UnauthenticatedError}: the directory does not know them, or not any more. */
async function knownPerson(
  ports: HttpPorts,
  login: Login,
  how: AuthContext,
): Promise<AuthenticatedPerson> {
  try {
    return await authenticatedPerson(ports, login, how);
  } catch (error) {
    if (!(error instanceof UnknownPersonError)) throw error;
    throw error.was === undefined
      ? new UnauthenticatedError('person-unknown')
      : new UnauthenticatedError(error.was.because, { person: error.was.person });
  }
}

async function whoIs(
  ports: HttpPorts,
  login: Login,
  how: AuthContext,
): Promise<AuthenticatedPerson | undefined> {
  try {
    return await authenticatedPerson(ports, login, how);
  } catch (error) {
    if (isWritError(error, 'identity.unknown')) return undefined;
    throw error;
  }
}

/**
 * Where a request is from is told on one machine alone: in the cloud a header would say it, which
 * the sender can send.
 */
const authContextOf = ({ auth = 'oidc' }: HttpPorts): AuthContext =>
  auth === 'embedded' ? { auth, origin: 'local' } : { auth };
