import { ORIGIN_SECRET } from '#functions/wiring/origin-check.ts';
import type { FunctionAuthority } from '../authority/authority.ts';
import { endpointPolicies } from '../authority/endpoint-policies.ts';
import {
  alarmTopicPolicy,
  archivePolicy,
  dataKeyPolicy,
  deadLettersPolicy,
  originSecretPolicy,
  queuePolicy,
  secretPolicy,
  tablePolicy,
  trailPolicy,
} from '../authority/policies.ts';
import type { Statement } from '../authority/statements.ts';
import { ARCHIVED_ELSEWHERE, arnsNowhere, ISOLATED, NOWHERE } from '../naming/placeholders.ts';
import { type AuthorityLock, lockedPolicies, type Policies } from './lock.ts';

/**
 * Returns the policies of resources that functions use.
 *
 * Add a line here for each new resource with a policy. Otherwise, the test of the lock finds the
 * resource in the templates and fails with its name.
 */
export function resourcePolicies(
  functions: AuthorityLock['functions'],
  authorities: readonly FunctionAuthority[],
): Policies {
  const arns = arnsNowhere(NOWHERE);
  const all = Object.entries(functions);
  const queued = all.filter(([, { kind }]) => kind === 'step' || kind === 'intake');
  const senders = (names: readonly string[]) =>
    names.flatMap((name) => functions[name]?.role ?? []);
  const automations = new Set(queued.map(([name]) => name.split('.', 1)[0] ?? name));
  const secrets = all.flatMap(([owner, { secrets: own, role }]) =>
    own.map((secret) => ({ secret, owner, role })),
  );
  const archive = archivePolicy(arns, NOWHERE);
  const elsewhere = archivePolicy(arnsNowhere(ARCHIVED_ELSEWHERE), ARCHIVED_ELSEWHERE);
  const known = new Set(archive.map(({ Sid }) => Sid));
  const [topic, told] = [
    alarmTopicPolicy(arns, { threatDetection: 'none' }),
    alarmTopicPolicy(arns, { threatDetection: 'ours' }),
  ];

  const endpoints = endpointPolicies(arnsNowhere(ISOLATED, '??????'), authorities);

  return lockedPolicies({
    state: tablePolicy(arns, 'state'),
    trail: trailPolicy(arns),
    keys: tablePolicy(arns, 'keys'),
    'data key': dataKeyPolicy(arns),
    archive,
    'archive in another account': elsewhere.filter(({ Sid }) => !known.has(Sid)),
    'alarm topic': topic,
    'alarm topic where findings are told': told.filter(
      ({ Sid }) => !topic.some((each) => each.Sid === Sid),
    ),
    ...named(queued, ([name, { receivesFrom }]) => [
      `queue of ${name}`,
      queuePolicy(arns, arns.queue(name), senders(receivesFrom)),
    ]),
    ...named(automations, (automation) => [
      `dead letters of ${automation}`,
      deadLettersPolicy(arns),
    ]),
    ...named(secrets, ({ secret, owner, role }) => [
      `secret ${secret} of ${owner}`,
      secretPolicy(role),
    ]),
    [`secret ${ORIGIN_SECRET.name} of ${ORIGIN_SECRET.owner} where requests come through CloudFront`]:
      originSecretPolicy(arns),
    ...named(Object.entries(endpoints), ([service, statements]) => [
      `endpoint of ${service} where egress is isolated`,
      statements,
    ]),
  });
}

function named<T>(
  all: Iterable<T>,
  policy: (one: T) => readonly [name: string, statements: readonly Statement[]],
) {
  return Object.fromEntries([...all].map(policy));
}
