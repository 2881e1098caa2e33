import type { Page } from '#cli/command/page.ts';
import { claimsOf } from '#infra/lock/claims.ts';
import type { AuthorityLock, FunctionLock, Policies } from '#infra/lock/lock.ts';
import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { automationRows } from './descriptions/automation-rows.ts';
import { functionRows } from './descriptions/function-rows.ts';
import { describeStatement } from './descriptions/statement.ts';
import { statementLines } from './descriptions/statement-lines.ts';
import { type EnvironmentAuthority, environmentRows } from './environments.ts';

interface ShowOptions {
  /** Also prints IAM statements literally. */
  readonly statements: boolean;
  /** True if the lock is not restricted to one name. The summary is printed only then. */
  readonly isComplete: boolean;
}

/** Prints the authority of functions and the approvers of automations. */
export function show(
  page: Page,
  lock: AuthorityLock,
  environments: readonly EnvironmentAuthority[],
  { statements, isComplete }: ShowOptions,
): void {
  if (isComplete) showSummary(page, lock);

  for (const [name, automation] of Object.entries(lock.automations)) {
    page.heading(name, `automation, version ${automation.version}`);
    for (const [label, says] of automationRows(automation)) page.row(label, says);
  }

  for (const [name, fn] of Object.entries(lock.functions)) {
    page.heading(name, titleOf(fn));
    for (const [label, says] of functionRows(name, fn)) page.row(label, says);
    if (statements) showStatements(page, fn.statements);
  }

  showPolicies(page, 'Every role', lock.everyRole, statements);
  showPolicies(page, 'Roles of services that call or record', lock.callers, statements);
  showPolicies(page, 'Policies of resources', lock.resources, statements);

  for (const environment of environments) {
    page.heading(
      environment.id,
      `environment in ${environment.region}${environment.account === undefined ? '' : `, account ${environment.account}`}`,
    );
    for (const [label, says] of environmentRows(environment)) page.row(label, says);
  }
}

/**
 * Prints a summary of the functions: their number, and the abilities that some or none of them have
 * according to their statements.
 */
function showSummary(page: Page, lock: AuthorityLock): void {
  const functions = Object.values(lock.functions);
  const kinds = Map.groupBy(functions, ({ kind }) => KINDS[kind] ?? kind);
  const counted = [...kinds].map(
    ([kind, of]) => `${of.length} ${kind}${of.length === 1 || kind.endsWith('s') ? '' : 's'}`,
  );

  page.line(
    `${functions.length} function${functions.length === 1 ? '' : 's'}: ${counted.join(', ')}.`,
  );

  const claims = claimsOf(lock);
  const none = claims.filter(({ can }) => can.length === 0).map(({ says }) => says);

  if (none.length > 0)
    page.line(
      `By their statements, none can ${none.slice(0, -1).join(', ')}${none.length > 1 ? ' or ' : ''}${none.at(-1)}.`,
    );

  page.line('Rules and steps are code, which this list does not cover: review their sources.');

  for (const { says, can } of claims)
    if (can.length > 0) page.line(`Can ${says}: ${can.join(', ')}.`, { style: 'yellow' });
}

const KINDS: Readonly<Record<string, string>> = {
  dead: 'consumer of dead letters',
  timers: 'timer function',
  http: 'API group',
  issuer: 'key fetcher',
};

const titleOf = ({ kind, effect }: FunctionLock) =>
  `${KINDS[kind] ?? kind}${effect === undefined ? '' : `, ${effect === 'none' ? 'no' : effect} effect`}`;

function showPolicies(page: Page, title: string, policies: Policies, statements: boolean): void {
  if (Object.keys(policies).length === 0) return;

  page.heading(title);

  const all = Object.entries(policies).map(([name, of]) => ({
    name,
    of,
    // the role of a calling service is listed by the function's name, but does not own its
    // resources
    lines: of.map((statement) =>
      describeStatement(statement, statement.Principal === undefined ? undefined : name),
    ),
  }));

  for (const [kind, alike] of Map.groupBy(
    all,
    ({ name }) => /^(?:queue|dead letters|secret)\b/.exec(name)?.[0] ?? name,
  )) {
    // lines that all policies of a kind have in common are printed once
    const common = (alike[0]?.lines ?? []).filter(
      (line) => alike.length > 1 && alike.every(({ lines }) => lines.includes(line)),
    );

    if (common.length > 0) showLines(page, `each ${kind}`, common);

    for (const { name, of, lines } of alike) {
      showLines(
        page,
        name,
        lines.filter((line) => !common.includes(line)),
      );
      if (statements) showStatements(page, of);
    }
  }
}

function showLines(page: Page, title: string, lines: readonly string[]): void {
  page.line(`${title}:`, { deep: 2 });
  for (const line of lines) page.line(line, { deep: 4 });
}

function showStatements(page: Page, statements: readonly LockedStatement[]): void {
  for (const statement of statements) {
    const [title = '', ...lines] = statementLines(statement);
    page.line(title, { deep: 4, style: 'dim' });
    for (const line of lines) page.line(line, { deep: 6, style: 'dim' });
  }
}
