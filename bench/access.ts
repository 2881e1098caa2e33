import { readFileSync } from 'node:fs';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/web';
import { openPolicies } from '#shared/access/adapters/cedar.ts';
import { toCedarRequest } from '#shared/access/adapters/cedar-request.ts';
import {
  type AccessRequest,
  cachedPolicies,
  POLICY_FILES,
  type RoleBody,
} from '#shared/access/index.ts';
import { silentMetrics } from '#shared/kernel/index.ts';
import { type Row, spread, verdict } from './measure.ts';

const ROUNDS = 7;
const PEOPLE = 40;
const RUNS = 50;
const HITS = 400_000;
const MISSES = 2_000;

const PARALEGAL: RoleBody = {
  v: 'role/1',
  name: 'paralegal',
  says: 'reads contracts while they are drafted',
  grants: [
    {
      permissions: ['run.read', 'field.read'],
      stages: ['drafting', 'review'],
      classes: ['public'],
      where: { department: 'own' },
    },
  ],
};

/**
 * Row 12: measures cached and uncached authorization decisions, compared with bare Cedar on the
 * same requests.
 */
export async function accessRows(progress: (text: string) => void): Promise<Row[]> {
  const engine = openPolicies({ metrics: silentMetrics });

  const [hits, customHits, misses, bare]: [number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];

  const [plain, custom] = [requests(0, []), requests(0, [PARALEGAL])];
  const texts = POLICY_FILES.policies.from().map((path) => readFileSync(path, 'utf8'));

  preparsePolicySet('bare', { staticPolicies: texts.join('\n') });

  const cached = cachedPolicies(engine);
  for (let round = 0; round <= ROUNDS; round++) {
    progress(`access, round ${round} of ${ROUNDS}`);

    const fresh = requests(round + 1, []).slice(0, MISSES);
    const calls = fresh.map((request) => ({
      ...toCedarRequest(request, []),
      preparsedPolicySetId: 'bare',
    }));

    const figures = [
      1_000_000 / micros(HITS, (i) => cached.authorize(plain[i % plain.length] as AccessRequest)),
      1_000_000 /
        micros(HITS / 4, (i) => cached.authorize(custom[i % custom.length] as AccessRequest)),
      micros(MISSES, (i) => cached.authorize(fresh[i] as AccessRequest)),
      micros(MISSES, (i) => statefulIsAuthorized(calls[i] as (typeof calls)[number])),
    ];

    if (round > 0)
      [hits, customHits, misses, bare].forEach(
        (values, i) => void values.push(figures[i] as number),
      ); // the first round warms up
  }

  const [hit, customHit, miss, cedar] = [
    spread(hits),
    spread(customHits),
    spread(misses),
    spread(bare),
  ];

  const ratio = miss.median / cedar.median;
  const rate = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;

  return [
    {
      what: '12 authorization, decided before',
      figure: rate(hit.median),
      baseline: `bare Cedar ${rate(1_000_000 / cedar.median)}`,
      ratio: `${((hit.median * cedar.median) / 1_000_000).toFixed(0)}×`,
      floor: '250,000/s',
      goal: '500,000/s',
      met: verdict(hit.median >= 250_000, hit.median >= 500_000),
      numbers: { ...hit, withCustomRolePerSecond: customHit.median },
    },
    {
      what: '12 authorization, to be decided',
      figure: `${miss.median.toFixed(0)} µs (${miss.min.toFixed(0)}–${miss.max.toFixed(0)})`,
      baseline: `bare Cedar ${cedar.median.toFixed(0)} µs`,
      ratio: `${ratio.toFixed(2)}×`,
      floor: '200 µs',
      goal: 'bare + 10%',
      met: verdict(miss.median <= 200, ratio <= 1.1),
      numbers: { ...miss, bareMicros: cedar.median },
    },
  ];
}

/** Returns requests of each person to read each run. Every round has different runs. */
function requests(round: number, customRoles: readonly RoleBody[]): AccessRequest[] {
  return Array.from({ length: PEOPLE * RUNS }, (_, i) => ({
    principal: {
      id: `person-${i % PEOPLE}`,
      roles: ['Team Member', ...customRoles.map(({ name }) => name)],
      customRoles,
      workspaces: ['acme', 'globex'],
      attributes: { department: 'law' },
    },
    permission: 'run.read',
    resource: {
      type: 'Run',
      workspace: i % 3 === 0 ? 'initech' : 'acme',
      attributes: { tier: 'gold' },
      automation: 'invoice-approval',
      run: `run-${round}-${i}`,
      stage: 'review',
      requester: `person-${i % 7}`,
    },
  }));
}

/** Returns the average duration of one call of `work`, in microseconds. */
function micros(times: number, work: (i: number) => void): number {
  const before = performance.now();
  for (let i = 0; i < times; i++) work(i);
  return ((performance.now() - before) * 1_000) / times;
}
