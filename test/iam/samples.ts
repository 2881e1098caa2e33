import type { Context, Decision, Policies, PolicyDocument, Request } from './index.ts';
import { evaluate } from './index.ts';

export const ACCOUNT = '111122223333';
export const ELSEWHERE = '999988887777';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/writ/dev/writer/pay`;
export const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/pay/today`;
export const QUEUE = `arn:aws:sqs:eu-central-1:${ACCOUNT}:pay`;
export const QUEUE_ELSEWHERE = `arn:aws:sqs:eu-central-1:${ELSEWHERE}:pay`;
export const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234`;

/** A request that a statement of {@link allow} is about. */
export const REQUEST: Request = {
  principal: ROLE,
  session: 'today',
  action: 'sqs:SendMessage',
  resource: QUEUE,
  context: {},
};

export const policy = (...Statement: readonly object[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement,
});
export const allow = (more: object = {}) => ({
  Sid: 'Allowing',
  Effect: 'Allow',
  Action: 'sqs:SendMessage',
  Resource: '*',
  ...more,
});
export const deny = (more: object = {}) => ({ ...allow(more), Sid: 'Denying', Effect: 'Deny' });
export const without = (statement: object, element: string) =>
  Object.fromEntries(Object.entries(statement).filter(([name]) => name !== element));
/** A variable as a policy writes it. */
export const variable = (what: string) => `\${${what}}`;

/** Decides {@link REQUEST} by one statement of an identity. */
export function decide(statement: object, request: Partial<Request> = {}): Decision['decision'] {
  return evaluate({ ...REQUEST, ...request }, { identity: [policy(statement)] }).decision;
}

/** Whether a condition holds: an Allow with it allows where nothing else does. */
export const holds = (Condition: object, context: Context = {}) =>
  decide(allow({ Condition }), { context }) === 'allowed';

/** Decides {@link REQUEST}, or one like it, where no layer is given but those named. */
export const judge = (policies: Partial<Policies>, request: Partial<Request> = {}): Decision =>
  evaluate({ ...REQUEST, ...request }, { identity: [], ...policies });
