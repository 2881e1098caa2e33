import { ORIGIN_SECRET } from '#functions/wiring/origin-check.ts';
import { ARCHIVED_ELSEWHERE, arnsNowhere, NOWHERE } from '#infra/naming/placeholders.ts';
import { recognizer } from './recognizer.ts';

const ARNS = arnsNowhere(NOWHERE);

const recognize = recognizer([
  [ARNS.state, 'the state table'],
  [ARNS.trail, 'the trail'],
  [ARNS.keys, 'the key table'],
  [ARNS.index('A'), 'its index A'],
  [ARNS.index('*'), 'its indexes'],
  [`${ARNS.trail}/index/*`, 'its indexes'],
  [ARNS.dataKey, 'the data key'],
  [ARNS.archive, 'the archive'],
  [`${ARNS.archive}/*`, 'its objects'],
  [ARNS.queue('A.B'), 'the queue of A.B'],
  [ARNS.deadLetters('A.B'), 'the dead letters of A.B'],
  [ARNS.function('A.B'), 'A.B'],
  [ARNS.secret('A.B', 'C'), 'secret C of A.B'],
  [ARNS.logStreams('A.B'), 'the log of A.B'],
  [ARNS.function('A'), 'A'],
  [ARNS.logStreams('A'), 'the log of A'],
  [ARNS.role('A', true), 'A'],
  [ARNS.role('A', false), 'A'],
  [ARNS.function('*.intake'), 'every intake'],
  [
    arnsNowhere(NOWHERE, '??????').secret(ORIGIN_SECRET.owner, ORIGIN_SECRET.name),
    'the secret that authenticates CloudFront',
  ],
  [ARNS.queue('*'), 'every queue'],
  [ARNS.function('A.*'), 'every function A'],
  [arnsNowhere(NOWHERE, '??????').secret('*', '*'), 'every secret'],
  [ARNS.alarmTopic, 'the alarm topic'],
  [ARNS.scheduleGroup('A'), 'the schedules of A'],
  [ARNS.role('A.B', true), 'A.B'],
  [ARNS.role('A.B', false), 'A.B'],
  [ARNS.roles(true), 'every writer of the environment'],
  [ARNS.roles(false), 'every function of the environment'],
  [ARNS.deployRoles, 'roles that deploy'],
  [arnsNowhere(ARCHIVED_ELSEWHERE).archiveDeployRoles, 'roles that deploy there'],
  [ARNS.root, 'the account'],
  [ARNS.account, 'the account'],
  ['*', 'anything'],
]);

/**
 * Describes the resource of an ARN in the lock: `the queue of invoice-approval.pay`. An unknown ARN
 * is returned literally.
 */
export const describeResource = (arn: string, about?: string): string =>
  recognize(arn, about) ?? arn;
