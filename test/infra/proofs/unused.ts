import type { Statement } from '#infra/authority/statements.ts';
import type { Request } from '../../iam/index.ts';
import type { Account } from './account.ts';
import { withoutIds } from './recorder.ts';
import { WORKSPACE } from './recorder-bench.ts';

/** The refusal of a call in words, without ids that are drawn; nothing where it is allowed. */
export function refusal(fn: string, request: Request, account: Account): string[] {
  const answer = account.ask([request]);
  if (answer.decision === 'allowed') return [];

  const { 'dynamodb:LeadingKeys': keys = [], 'dynamodb:Attributes': attributes = [] } =
    request.context;
  const of = [...new Set([keys].flat().map(withoutIds))];
  const why = answer.by === 'explicit-deny' ? `${answer.layer} ${answer.sid}` : answer.layer;

  return [
    [
      fn,
      request.action,
      inShort(request.resource),
      ...of,
      ...[attributes].flat(),
      'refused by',
      why,
    ].join(' '),
  ];
}

/**
 * What of a role's statements could be taken away without any of the requests being refused: a
 * whole one, or a member of its lists.
 */
export function* unusedOf(
  statements: readonly Statement[],
  requests: readonly Request[],
  account: Account,
): Iterable<string> {
  const isRefused = (some: readonly Statement[], request: Request) =>
    account.askWith(some, [request]).decision === 'denied';
  const granted = requests.filter((request) => !isRefused(statements, request));

  for (const [i, statement] of statements.entries()) {
    if (statement.Effect === 'Deny') continue; // what is refused besides is tried by hostile code

    const touched = granted.filter(({ action }) => statement.Action?.includes(action));
    const isMissed = (less: readonly Statement[]) =>
      touched.some((request) => isRefused(statements.toSpliced(i, 1, ...less), request));

    if (!isMissed([])) yield `${statement.Sid}`;
    else
      for (const [member, less] of lessOf(statement))
        if (!isMissed([less])) yield `${statement.Sid}: ${inShort(member)}`;
  }
}

/**
 * A statement without one member of one of its lists, for every member of every list that has more
 * than one.
 */
function* lessOf<T>(value: T): Iterable<readonly [member: string, less: T]> {
  if (typeof value !== 'object' || value === null) return;

  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(inner))
      for (const [member, less] of lessOf(inner)) yield [member, { ...value, [key]: less }];
    else if (inner.length > 1)
      for (const [i, member] of inner.entries())
        yield [String(member), { ...value, [key]: inner.toSpliced(i, 1) }];
  }
}

/**
 * A resource by its name in the product, a key without its workspace: the same in every
 * environment.
 */
function inShort(text: string): string {
  if (!text.startsWith('arn:')) return text.replaceAll(`#${WORKSPACE}`, '#*');
  return text
    .replace(/^.*[:/]/, '')
    .replace(/^[^_]*_/, '')
    .replaceAll('_', '.');
}
