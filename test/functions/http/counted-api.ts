import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { openHttpServer } from '#functions/embedded/http-server.ts';
import { makeAutomations } from '#functions/http/automations/index.ts';
import { makeGates } from '#functions/http/gates/index.ts';
import { http as people } from '#functions/http/people/index.ts';
import type { PeoplePorts } from '#functions/http/people/ports.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import type { RunsPorts } from '#functions/http/runs/ports.ts';
import { http as trail } from '#functions/http/trail/index.ts';
import type { TrailPorts } from '#functions/http/trail/ports.ts';
import { http as workspaces } from '#functions/http/workspaces/index.ts';
import { openPolicies } from '#shared/access/adapters/cedar.ts';
import { describeFlow } from '#shared/automation/index.ts';
import { openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import { tokenVerifier } from '#shared/identity/index.ts';
import { silentLog, silentMetrics, systemClock, systemRandom } from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { type HttpBench, ISSUER } from '../../support/http.ts';
import { asDocumented } from '../../support/http-document.ts';
import { answeredOf, askRaw } from '../../support/http-request.ts';
import { memo } from './papers.ts';
import { contractReview } from './world.ts';

/** What a request cost: calls, and of reads the documents as well. */
export interface Cost {
  reads: number;
  documents: number;
  queries: number;
  commits: number;
  decisions: number;
  /** Of the trail. */
  trails: number;
  starts: number;
}

/**
 * The groups of the API once more, on the store of a bench, with everything counted that a request
 * costs.
 */
export async function countedApi(bench: HttpBench, folder: string) {
  let cost: Cost = nothing();
  const random = systemRandom();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keys = {
    read: async () => ({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA', use: 'sig' }],
    }),
  };

  const service = openKeyFile(join(folder, 'root.key'), random);
  const policies = openPolicies({ metrics: silentMetrics });

  const ports = (name: string): RunsPorts & TrailPorts & PeoplePorts => ({
    ledger: counted(bench.platform.store.ledger({ name, bundle: '0'.repeat(64) })),
    keys: new WorkspaceKeys(service, systemClock),
    keyService: service,
    clock: systemClock,
    random,
    log: silentLog,
    metrics: silentMetrics,
    tokens: tokenVerifier({ issuer: ISSUER, audience: ['writ'], keys, clock: systemClock }),
    policies: {
      authorize(request) {
        cost.decisions += 1;
        return policies.authorize(request);
      },
    },
    trail: {
      ofRun(run, page) {
        cost.trails += 1;
        return bench.platform.store.ofRun(run, page);
      },
    },
    starts: {
      async start() {
        cost.starts += 1;
        throw new Error('nobody is let start anything here');
      },
    },
  });

  const counted = (ledger: Ledger): Ledger => ({
    identity: ledger.identity,
    read(targets) {
      cost.reads += 1;
      cost.documents += targets.length;
      return ledger.read(targets);
    },
    query(query) {
      cost.queries += 1;
      return ledger.query(query);
    },
    commit(commit) {
      cost.commits += 1;
      return ledger.commit(commit);
    },
    send: (messages) => ledger.send(messages),
  });

  const described = [contractReview, memo].map(({ flow }) => describeFlow(flow));

  const made = {
    runs: makeRuns(described),
    gates: makeGates(described),
    automations: makeAutomations(described),
    trail,
    people,
    workspaces,
  };

  const functions = Object.entries(made).map(([name, { routes, connect }]) => ({
    name,
    routes,
    handle: connect(ports(name)),
  }));

  const server = await openHttpServer({
    functions,
    port: 0,
    log: silentLog,
    clock: systemClock,
    random,
  });

  const tokens = new Map<string, string>();

  const tokenOf = async (person: string): Promise<string> => {
    const now = Math.floor(systemClock.now() / 1_000);

    const token =
      tokens.get(person) ??
      (await new SignJWT({
        sub: `sub-${person}`,
        iss: ISSUER,
        aud: 'writ',
        iat: now,
        exp: now + 600,
      })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
        .sign(privateKey));

    tokens.set(person, token);

    return token;
  };

  return {
    /**
     * Asks, over a connection of its own. @returns every byte of the answer, but for the time and
     * the request's id; and what it cost.
     */
    async ask(
      as: string,
      method: string,
      path: string,
      body?: string,
      headers: Readonly<Record<string, string>> = {},
    ) {
      const sent = {
        host: new URL(server.url).host,
        connection: 'close',
        authorization: `Bearer ${await tokenOf(as)}`,
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(body)),
            }),
        ...headers,
      };

      const head = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);

      cost = nothing();

      const raw = await askRaw(
        server.url,
        `${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body ?? ''}`,
      );

      const { headers: got } = asDocumented(method, path, answeredOf(raw));
      const id = got['x-request-id'] ?? 'none';

      return {
        answer: raw.replaceAll(id, 'REQUEST').replace(/^date: .*\r$/im, 'date: NOW\r'),
        cost: { ...cost },
      };
    },
    close: () => server.close(),
  };
}

const nothing = (): Cost => ({
  reads: 0,
  documents: 0,
  queries: 0,
  commits: 0,
  decisions: 0,
  trails: 0,
  starts: 0,
});
