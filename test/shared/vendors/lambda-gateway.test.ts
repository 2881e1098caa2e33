import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  requestHash,
  responseHash,
  type VendorOutcome,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { LambdaGateway, lambdaClient } from '#shared/vendors/adapters/lambda-gateway.ts';
import { describeVendorGateway } from '../../contracts/vendor-gateway.ts';
import { FakeLambda, type InvocationEnd, running } from '../../support/aws/fakes/lambda.ts';

const functionOf = (vendor: string) => `writ-test_vendor_${vendor}`;
const vendors = (...names: string[]) =>
  new Map(
    names.map((name) => [name, { kind: { kind: 'none' } as const, function: functionOf(name) }]),
  );

describeVendorGateway('by Lambda', async (functions) => {
  const lambda = await new FakeLambda(
    running(new Map([...functions].map(([name, { handler }]) => [functionOf(name), handler]))),
  ).open();

  const gateway = new LambdaGateway({
    client: lambdaClient(lambda.clientConfig),
    vendors: new Map(
      [...functions].map(([name, { kind }]) => [name, { kind, function: functionOf(name) }]),
    ),
  });

  return { gateway, close: () => lambda.close() };
});

const request: VendorRequest = {
  method: 'POST',
  path: '/payments',
  body: '{"amount":1}',
  blind: 'a-blinding',
};
const body = '{"paymentId":"p1"}';
const LATER = Date.UTC(2026, 0, 2);
const answered = {
  outcome: 'answered',
  use: {
    vendor: 'bank',
    host: 'api.bank.example',
    status: 201,
    secret: 't',
    request: requestHash(request),
    response: responseHash(request, body),
  },
  body,
} as const;
const failed = { vendor: 'bank', host: 'unknown', request: requestHash(request) };

describe('a call of a vendor by Lambda', () => {
  const closing: (() => void)[] = [];

  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function ending(end: () => InvocationEnd) {
    const lambda = await new FakeLambda(async () => end()).open();
    closing.push(() => lambda.close());

    return {
      lambda,
      gateway: new LambdaGateway({
        client: lambdaClient(lambda.clientConfig),
        vendors: vendors('bank'),
      }),
    };
  }

  /** One call that ends so. Whatever happened, Lambda saw one request. */
  async function callEnding(
    end: InvocationEnd,
    signal = new AbortController().signal,
  ): Promise<VendorOutcome> {
    const { lambda, gateway } = await ending(() => end);
    const outcome = await gateway.call('bank', request, {
      key: 'the-key',
      signal,
      notAfter: LATER,
    });
    expect(lambda.invocations).toHaveLength(1);
    return outcome;
  }

  const answering = (answer: unknown) => callEnding({ payload: JSON.stringify(answer) });

  it('is one synchronous invocation of the vendor’s own function, with the call as its payload', async () => {
    const { lambda, gateway } = await ending(() => ({ payload: JSON.stringify(answered) }));

    expect(
      await gateway.call('bank', request, {
        key: 'the-key',
        signal: new AbortController().signal,
        notAfter: LATER,
      }),
    ).toEqual(answered);
    await gateway.lookup('bank', request, {
      key: 'the-key',
      signal: new AbortController().signal,
      notAfter: LATER,
    });

    expect(
      lambda.invocations.map(({ payload, ...rest }) => ({
        ...rest,
        payload: JSON.parse(payload.toString('utf8')),
      })),
    ).toEqual(
      ['call', 'lookup'].map((operation) => ({
        function: 'writ-test_vendor_bank',
        type: 'RequestResponse',
        payload: { operation, key: 'the-key', request, notAfter: LATER },
      })),
    );
  });

  it('keeps no connection for the next one, which could find it dead', async () => {
    const sockets = new Set<unknown>();
    const server = createServer((incoming, response) => {
      sockets.add(incoming.socket);
      response.end(JSON.stringify(answered));
    });

    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());

    const { gateway, lambda } = await ending(() => 'hang');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const here = new LambdaGateway({
      client: lambdaClient({ ...lambda.clientConfig, endpoint }),
      vendors: vendors('bank'),
    });

    for (let i = 0; i < 3; i++)
      await here.call('bank', request, {
        key: 'k',
        signal: new AbortController().signal,
        notAfter: LATER,
      });

    expect([sockets.size, gateway.kindOf('bank').kind]).toEqual([3, 'none']);
  });

  describe('that Lambda ends with an error', () => {
    it.each([
      ['AccessDeniedException', 403, 'access-denied'],
      ['CodeArtifactUserDeletedException', 400, 'code-artifact-user-deleted'],
      ['CodeArtifactUserFailedException', 400, 'code-artifact-user-failed'],
      ['CodeArtifactUserPendingException', 400, 'code-artifact-user-pending'],
      ['EC2AccessDeniedException', 502, 'ec2-access-denied'],
      ['EC2ThrottledException', 502, 'ec2-throttled'],
      ['EC2UnexpectedException', 502, 'ec2-unexpected'],
      ['EFSMountConnectivityException', 408, 'efs-mount-connectivity'],
      ['EFSMountFailureException', 403, 'efs-mount-failure'],
      ['EFSMountTimeoutException', 408, 'efs-mount-timeout'],
      ['ENILimitReachedException', 502, 'eni-limit-reached'],
      ['ENINotReadyException', 502, 'eni-not-ready'],
      ['ExpiredTokenException', 403, 'expired-token'],
      ['IncompleteSignatureException', 400, 'incomplete-signature'],
      ['InvalidClientTokenIdException', 403, 'invalid-client-token-id'],
      ['InvalidParameterValueException', 400, 'invalid-parameter-value'],
      ['InvalidRequestContentException', 400, 'invalid-request-content'],
      ['InvalidRuntimeException', 502, 'invalid-runtime'],
      ['InvalidSecurityGroupIDException', 502, 'invalid-security-group-id'],
      ['InvalidSignatureException', 403, 'invalid-signature'],
      ['InvalidSubnetIDException', 502, 'invalid-subnet-id'],
      ['InvalidZipFileException', 502, 'invalid-zip-file'],
      ['KMSAccessDeniedException', 502, 'kms-access-denied'],
      ['KMSDisabledException', 502, 'kms-disabled'],
      ['KMSInvalidStateException', 502, 'kms-invalid-state'],
      ['KMSNotFoundException', 502, 'kms-not-found'],
      ['MissingAuthenticationTokenException', 403, 'missing-authentication-token'],
      ['ModeNotSupportedException', 400, 'mode-not-supported'],
      ['NoPublishedVersionException', 400, 'no-published-version'],
      ['NotAuthorized', 400, 'not-authorized'],
      ['OptInRequired', 403, 'opt-in-required'],
      ['RequestExpired', 400, 'request-expired'],
      ['RequestTooLargeException', 413, 'request-too-large'],
      ['ResourceConflictException', 409, 'resource-conflict'],
      ['ResourceNotFoundException', 404, 'resource-not-found'],
      ['ResourceNotReadyException', 502, 'resource-not-ready'],
      ['S3FilesMountConnectivityException', 408, 's3-files-mount-connectivity'],
      ['S3FilesMountFailureException', 403, 's3-files-mount-failure'],
      ['S3FilesMountTimeoutException', 408, 's3-files-mount-timeout'],
      ['SerializedRequestEntityTooLargeException', 413, 'serialized-request-entity-too-large'],
      ['ServiceQuotaExceededException', 402, 'service-quota-exceeded'],
      ['SnapStartNotReadyException', 409, 'snap-start-not-ready'],
      ['SubnetIPAddressLimitReachedException', 502, 'subnet-ip-address-limit-reached'],
      ['ThrottlingException', 400, 'throttling'],
      ['TooManyRequestsException', 429, 'too-many-requests'],
      ['UnrecognizedClientException', 403, 'unrecognized-client'],
      ['UnsupportedMediaTypeException', 415, 'unsupported-media-type'],
    ])('%s was not sent: the function did not run', async (error, status, code) => {
      expect(await callEnding({ error, status })).toEqual({ outcome: 'unsent', code, use: failed });
    });

    it.each([
      ['ServiceException', 500, 'service'],
      ['EFSIOException', 410, 'efsio'],
      ['RecursiveInvocationException', 400, 'recursive-invocation'],
      ['SnapStartException', 400, 'snap-start'],
      ['SnapStartTimeoutException', 408, 'snap-start-timeout'],
      ['SnapStartRegenerationFailureException', 400, 'snap-start-regeneration-failure'],
      ['DurableExecutionAlreadyStartedException', 409, 'durable-execution-already-started'],
      ['SomethingNewException', 400, 'something-new'],
      ['words and <markup>', 400, 'http-400'],
      ['InternalFailure', 500, 'http-500'],
      ['ServiceUnavailable', 503, 'http-503'],
    ])('%s may have been sent', async (error, status, code) => {
      expect(await callEnding({ error, status })).toEqual({
        outcome: 'unknown',
        code,
        use: failed,
      });
    });
  });

  it.each(['Handled', 'Unhandled', ''])(
    'is of unknown outcome when the function failed, whatever it says (%j)',
    async (functionError) => {
      expect(await callEnding({ payload: JSON.stringify(answered), functionError })).toEqual({
        outcome: 'unknown',
        code: 'function-error',
        use: failed,
      });
    },
  );

  it.each(['cut', 'cut-answer'] as const)(
    'is of unknown outcome when the connection is lost (%s)',
    async (end) => {
      expect(await callEnding(end)).toEqual({
        outcome: 'unknown',
        code: 'connection-lost',
        use: failed,
      });
    },
  );

  it('is of unknown outcome when it is given up while the function runs', async () => {
    const abort = new AbortController();
    const { gateway, lambda } = await ending(() => {
      abort.abort(new Error('the step’s time is up'));
      return 'hang';
    });

    expect(
      await gateway.call('bank', request, { key: 'k', signal: abort.signal, notAfter: LATER }),
    ).toEqual({
      outcome: 'unknown',
      code: 'timeout',
      use: failed,
    });

    expect(lambda.invocations).toHaveLength(1);
  });

  describe('that does not reach Lambda', () => {
    const call = (config: Parameters<typeof lambdaClient>[0]) =>
      new LambdaGateway({ client: lambdaClient(config), vendors: vendors('bank') }).call(
        'bank',
        request,
        { key: 'k', signal: new AbortController().signal, notAfter: LATER },
      );

    const credentials = { accessKeyId: 'AKIAFAKEFAKEFAKEFAKE', secretAccessKey: 'not-a-secret' };

    it('was not sent when nobody listens there', async () => {
      const { lambda } = await ending(() => 'hang');
      lambda.close();
      expect(await call(lambda.clientConfig)).toEqual({
        outcome: 'unsent',
        code: 'econnrefused',
        use: failed,
      });
    });

    it('was not sent when its name leads nowhere', async () => {
      const { outcome, code } = await call({
        endpoint: 'http://nowhere.invalid',
        region: 'local-1',
        credentials,
      });
      expect(outcome).toBe('unsent');
      expect(['enotfound', 'eai-again']).toContain(code);
    });

    it('was not sent without credentials', async () => {
      const { lambda } = await ending(() => 'hang');
      const none = async () => {
        throw Object.assign(new Error('could not load credentials'), {
          name: 'CredentialsProviderError',
        });
      };

      expect(await call({ ...lambda.clientConfig, credentials: none })).toEqual({
        outcome: 'unsent',
        code: 'no-credentials',
        use: failed,
      });

      expect(lambda.invocations).toEqual([]);
    });
  });

  /** Ends of the network that cannot be brought about here; as Node throws them. */
  it.each([
    ['EHOSTUNREACH', 'connect', 'unsent', 'ehostunreach'],
    ['EHOSTUNREACH', 'read', 'unknown', 'connection-lost'],
    ['ECONNREFUSED', undefined, 'unsent', 'econnrefused'], // all addresses of a name refused
    ['EAI_AGAIN', 'getaddrinfo', 'unsent', 'eai-again'],
    ['EAI_FAIL', 'getaddrinfo', 'unsent', 'eai-fail'],
    ['ETIMEDOUT', 'connect', 'unsent', 'etimedout'],
    ['ECONNRESET', 'connect', 'unsent', 'econnreset'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'unsent', 'depth-zero-self-signed-cert'],
    ['ECONNRESET', 'read', 'unknown', 'connection-lost'],
    ['ETIMEDOUT', 'read', 'unknown', 'connection-lost'],
    ['EPIPE', 'write', 'unknown', 'connection-lost'],
  ])('that the network ends with %s at %s is %s', async (code, syscall, outcome, told) => {
    const send = () =>
      Promise.reject(Object.assign(new Error('words of the network'), { code, syscall }));
    const gateway = new LambdaGateway({ client: { send }, vendors: vendors('bank') });

    expect(
      await gateway.call('bank', request, {
        key: 'k',
        signal: new AbortController().signal,
        notAfter: LATER,
      }),
    ).toEqual({
      outcome,
      code: told,
      use: failed,
    });
  });

  it.each([undefined, null, 'text', {}])(
    'that ends with %j thrown is of unknown outcome',
    async (thrown) => {
      const gateway = new LambdaGateway({
        client: { send: () => Promise.reject(thrown) },
        vendors: vendors('bank'),
      });
      expect(
        await gateway.call('bank', request, {
          key: 'k',
          signal: new AbortController().signal,
          notAfter: LATER,
        }),
      ).toMatchObject({ outcome: 'unknown' });
    },
  );

  it('that cannot be written down was not sent', async () => {
    const { gateway, lambda } = await ending(() => 'hang');
    const signal = new AbortController().signal;

    expect(
      await gateway.call(
        'bank',
        { ...request, body: '\ud800' },
        { key: 'k', signal, notAfter: LATER },
      ),
    ).toMatchObject({
      outcome: 'unsent',
      code: 'request-invalid',
    });

    expect(lambda.invocations).toEqual([]);
  });

  describe('whose answer is not to be believed', () => {
    const { response: _, status: __, ...unanswered } = answered.use;

    it.each<[string, unknown, string]>([
      ['nothing', null, 'answer-invalid'],
      ['no outcome', { use: answered.use, body }, 'answer-invalid'],
      ['an outcome of its own', { ...answered, outcome: 'done' }, 'answer-invalid'],
      ['more members than there are', { ...answered, retry: true }, 'answer-invalid'],
      [
        'more members in its use',
        { ...answered, use: { ...answered.use, intent: 7 } },
        'answer-invalid',
      ],
      ['a code that is no code', { ...answered, code: 'It failed!' }, 'answer-invalid'],
      [
        'a host that no entry takes',
        { ...answered, use: { ...answered.use, host: 'h'.repeat(257) } },
        'answer-invalid',
      ],
      [
        'another vendor',
        { ...answered, use: { ...answered.use, vendor: 'other' } },
        'answer-of-another',
      ],
      [
        'another request',
        { ...answered, use: { ...answered.use, request: requestHash({ ...request, blind: 'x' }) } },
        'answer-of-another',
      ],
      ['another body than it hashed', { ...answered, body: '{}' }, 'answer-invalid'],
      [
        'no body, and yet answered',
        { outcome: 'answered', use: { ...unanswered, status: 201 } },
        'answer-invalid',
      ],
      [
        'no status, and yet refused',
        { ...answered, outcome: 'refused', use: { ...answered.use, status: undefined } },
        'answer-invalid',
      ],
      [
        'a status, and yet unsent',
        { outcome: 'unsent', use: { ...unanswered, status: 201 } },
        'answer-invalid',
      ],
      [
        'a body, and yet unsent',
        { ...answered, outcome: 'unsent', use: { ...answered.use, status: undefined } },
        'answer-invalid',
      ],
    ])('for it has %s is of unknown outcome', async (_what, answer, code) => {
      expect(await answering(answer)).toEqual({ outcome: 'unknown', code, use: failed });
    });

    it.each([
      ['that is empty', new Uint8Array(), 200],
      ['that is no JSON', Buffer.from('{"outcome":"answered"'), 200],
      ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 200],
      ['to an invocation nobody waits for', Buffer.from(JSON.stringify(answered)), 202],
    ])('%s is of unknown outcome', async (_what, payload, status) => {
      expect(await callEnding({ payload, status })).toEqual({
        outcome: 'unknown',
        code: 'answer-invalid',
        use: failed,
      });
    });

    const sized = (bytes: number) => {
      const long = 'x'.repeat(bytes - JSON.stringify({ ...answered, body: '' }).length);
      return {
        ...answered,
        body: long,
        use: { ...answered.use, response: responseHash(request, long) },
      };
    };

    it('for it is longer than 512 KiB is of unknown outcome; one of that length is taken', async () => {
      expect(await answering(sized(512 * 1_024))).toMatchObject({ outcome: 'answered' });
      expect(await answering(sized(512 * 1_024 + 1))).toEqual({
        outcome: 'unknown',
        code: 'answer-too-large',
        use: failed,
      });
    });

    it('ends as an outcome, never as an error, and never as anything but unknown', async () => {
      let payload = '';
      const { gateway } = await ending(() => ({ payload }));

      const nearly = fc
        .tuple(
          fc.constantFrom('outcome', 'use', 'body', 'code', '__proto__', 'constructor'),
          fc.jsonValue(),
        )
        .map(([member, value]) => JSON.stringify({ ...answered, [member]: value }));

      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.string(), fc.json(), nearly), async (hostile) => {
          payload = hostile;

          const outcome = await gateway.call('bank', request, {
            key: 'k',
            signal: new AbortController().signal,
            notAfter: LATER,
          });
          if (hostile === JSON.stringify(answered)) return;

          expect(['unknown', 'answered']).toContain(outcome.outcome);

          if (outcome.outcome === 'unknown') expect(outcome.use).toEqual(failed);
          else expect({ ...outcome, code: undefined }).toEqual({ ...answered, code: undefined });
        }),
        { numRuns: 150 },
      );
    });
  });
});
