import {
  generateSamples,
  type Samples,
} from '#functions/automations/invoice-approval/samples/generator.ts';
import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { checkTrail } from '#shared/audit/index.ts';
import { list, type OpenGate, type Run, runOf } from '#shared/engine/index.ts';
import { formatMoney, isWritError } from '#shared/kernel/index.ts';
import type { Output } from '../command/output.ts';
import { formatTimeline } from '../trail/format-entry.ts';
import type { Payment } from './bank-book.ts';
import { approver, clerk } from './people.ts';
import { AUTOMATION, BANK_TOKEN, prepare, WORKSPACE } from './setup.ts';

/** Result of a demo; `--json` prints it. */
export interface DemoResult {
  readonly invoices: number;
  readonly waited: readonly { readonly run: string; readonly rules: readonly string[] }[];
  readonly approved: number;
  readonly rejected: number;
  readonly paid: number;
  readonly payments: number;
  readonly trail: {
    readonly entries: number;
    readonly writers: number;
    readonly documents: number;
    readonly problems: readonly string[];
  };
  /** Problems found by the checks at the end; empty if there are none. */
  readonly problems: readonly string[];
}

/** Reasons that the sample approver gives for rejections, by the rule that hit. */
const REJECTIONS: Readonly<Record<string, string>> = {
  'possible-duplicate': 'this invoice was already received; it must not be paid twice',
  'arithmetic-wrong': 'the figures do not add up; the supplier should send a corrected invoice',
  'changed-bank-account': 'the supplier has not confirmed the new bank account by telephone',
};
const STARTS_AT_ONCE = 16;

interface Demo {
  readonly platform: RunningPlatform;
  readonly samples: Samples;
  /** File names of the invoices, by run. */
  readonly files: ReadonlyMap<string, string>;
  /** Gates that waited for a decision. */
  readonly waited: readonly OpenGate[];
  readonly out: Output;
}

/** Runs 212 invoices: most are paid automatically, the others after a decision. */
export async function runDemo(
  platform: RunningPlatform,
  bankUrl: string,
  out: Output,
): Promise<DemoResult> {
  const samples = generateSamples('writ demo');

  out.heading('Setting up');
  await prepare(platform, samples);
  out.fact('workspace', WORKSPACE);
  out.fact(
    'records',
    `${samples.orders.length} orders, ${samples.suppliers.length} suppliers, accounts sealed`,
  );

  out.fact('rollout', 'exceptions (seeded, which only the embedded mode allows)');

  out.heading(`Starting ${samples.invoices.length} runs of ${AUTOMATION}`);

  const runs = await startAll(platform, samples, out);

  await watch(platform, out);

  const gates = (await platform.gates.open(WORKSPACE)).filter(({ key }) => runs.has(key.run));
  const waited = [...gates];

  await reportWaiting({ platform, samples, files: runs, waited, out });

  out.heading(`Deciding as ${approver.actor.id} (${approver.roles.join(', ')})`);
  for (const gate of gates) await decide(platform, gate, out);

  await watch(platform, out);

  return conclude({ platform, samples, files: runs, waited, bankUrl, out });
}

/**
 * Starts a run for each invoice. The file name is the idempotency key, so that a continued demo
 * does not start a run twice.
 */
async function startAll(
  platform: RunningPlatform,
  samples: Samples,
  out: Output,
): Promise<ReadonlyMap<string, string>> {
  const start = platform.intakes.get(AUTOMATION);
  if (start === undefined) throw new Error(`no intake for ${AUTOMATION}`);

  const runs = new Map<string, string>();
  const waiting = samples.invoices.values();

  const work = async () => {
    for (const { file, xml } of waiting) {
      const { run } = await start({
        workspace: WORKSPACE,
        idempotencyKey: file,
        requester: clerk,
        bytes: Buffer.from(xml, 'utf8'),
      });

      runs.set(run, file);
      out.progress('started ', runs.size, samples.invoices.length);
    }
  };

  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, work));
  out.endProgress();

  return runs;
}

/** Shows progress until every run has ended or waits for a decision. */
async function watch(platform: RunningPlatform, out: Output): Promise<void> {
  let done = false;
  const settled = platform.settled().finally(() => {
    done = true;
  });

  while (!done) {
    const runs = await allRuns(platform);
    out.progress('settled ', runs.filter(({ status }) => status !== 'running').length, runs.length);
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 200))]);
  }

  await settled;

  const runs = await allRuns(platform);

  out.progress('settled ', runs.filter(({ status }) => status !== 'running').length, runs.length);
  out.endProgress();
}

/**
 * Lists the runs of the data folder.
 *
 * @param ids - Ids of the runs to list. Defaults to all runs, including those of single invoices.
 */
async function allRuns(
  platform: RunningPlatform,
  ids?: ReadonlyMap<string, string>,
): Promise<Run[]> {
  const ledger = platform.store.ledger({ name: 'demo', bundle: '0'.repeat(64) });
  const runs: Run[] = [];
  let after: string | undefined;

  do {
    const page = await ledger.query({
      by: 'list',
      list: list.runs(AUTOMATION, WORKSPACE),
      limit: 100,
      after,
    });

    runs.push(...page.documents.map(runOf).filter(({ id }) => ids === undefined || ids.has(id)));
    after = page.next;
  } while (after !== undefined);

  return runs;
}

async function reportWaiting({ platform, samples, files, waited, out }: Demo): Promise<void> {
  const runs = await allRuns(platform, files);
  const count = (status: Run['status']) => runs.filter((run) => run.status === status).length;

  out.heading(
    `${samples.invoices.length} invoices: ${count('done')} paid, ${count('waiting')} waiting for a person${count('rejected') > 0 ? `, ${count('rejected')} rejected` : ''}`,
  );

  for (const { key, gate } of waited) {
    const { invoiceNumber = '', supplierName = '', payable = 0, currency = '' } = gate.shown;
    const amount = formatMoney(Number(payable), String(currency));

    out.line(
      `  ${out.style('yellow', '●')} ${files.get(key.run) ?? key.run}  ${String(invoiceNumber)}  ${amount}  ${String(supplierName)}`,
    );
    for (const { rule, says } of gate.hits) out.line(`      ${rule}: ${says}`);
  }
}

async function decide(
  platform: RunningPlatform,
  { key, gate, seen }: OpenGate,
  out: Output,
): Promise<void> {
  const objection = gate.hits
    .map(({ rule }) => REJECTIONS[rule])
    .find((reason) => reason !== undefined);
  const outcome = objection === undefined ? 'approved' : 'rejected';
  const reason =
    objection ??
    `checked with the buyer: ${gate.hits.map(({ rule }) => rule).join(', ')} is explained`;

  try {
    await platform.gates.decide(approver, { key, gate: gate.gate, outcome, reason, seen });
  } catch (error) {
    if (!isWritError(error, 'gate.decided')) throw error;
    out.line(`  already decided  ${String(gate.shown.invoiceNumber ?? '')}`);
    return;
  }

  const mark =
    outcome === 'approved' ? out.style('green', 'approved') : out.style('red', 'rejected');

  out.line(`  ${mark}  ${String(gate.shown.invoiceNumber ?? '')}: ${reason}`);
}

async function conclude({
  platform,
  samples,
  files,
  waited,
  bankUrl,
  out,
}: Demo & { readonly bankUrl: string }): Promise<DemoResult> {
  const runs = await allRuns(platform, files);
  const by = (status: Run['status']) => runs.filter((run) => run.status === status);
  const payments = await paymentsOf(bankUrl);

  const problems = [
    ...paymentProblems(by('done'), await allRuns(platform), payments),
    ...runs
      .filter(({ status }) => status !== 'done' && status !== 'rejected')
      .map((run) => `run ${run.id} is ${run.status}: ${run.parked?.reason ?? ''}`),
  ];

  if (runs.length !== samples.invoices.length)
    problems.push(`${runs.length} runs for ${samples.invoices.length} invoices`);

  const approvedRuns = by('done').filter(({ gates }) => gates['approve-payment'] === 'approved');

  out.heading('Result');
  out.fact('paid', `${by('done').length} (${approvedRuns.length} of them approved by a person)`);
  out.fact('rejected', `${by('rejected').length}, with the reason in the trail`);

  const duplicates =
    problems.length === 0 ? 'each run exactly once' : out.style('red', 'see below');

  out.fact('payments at the bank', `${payments.length}, ${duplicates}`);

  const shown =
    waited.find(({ gate }) => gate.hits.some(({ rule }) => rule === 'over-limit')) ?? waited[0];
  const shownRun = shown?.key.run ?? approvedRuns[0]?.id;

  if (shownRun !== undefined) {
    out.heading(`Trail of one run: ${files.get(shownRun) ?? shownRun}`);
    const ledger = platform.store.ledger({ name: 'demo', bundle: '0'.repeat(64) });
    const key = { automation: AUTOMATION, workspace: WORKSPACE, run: shownRun };
    for (const line of await formatTimeline(platform.store, shownRun, { ledger, key }))
      out.line(`  ${line}`);
  }

  out.heading('Checking the trail');

  const report = await checkTrail(platform.store.all(), platform.store.standing());
  const found = report.problems.map(({ message }) => message);

  out.fact(
    'entries',
    `${report.entries} (${Math.round(report.bytes / Math.max(1, report.entries))} bytes each on average)`,
  );

  out.fact('writers', `${report.writers}, ${found.length === 0 ? 'no gaps found' : 'see below'}`);

  out.fact(
    'documents',
    `${report.documents}, ${found.length === 0 ? 'each matching its entries' : 'see below'}`,
  );

  for (const problem of [...problems, ...found]) out.line(`  ${out.style('red', '✗')} ${problem}`);

  if (problems.length + found.length === 0)
    out.line(`  ${out.style('green', '✓')} no gaps found, and the documents match the trail`);

  return {
    invoices: samples.invoices.length,
    waited: waited.map(({ key, gate }) => ({
      run: key.run,
      rules: gate.hits.map(({ rule }) => rule),
    })),
    approved: approvedRuns.length,
    rejected: by('rejected').length,
    paid: by('done').length,
    payments: payments.length,
    trail: {
      entries: report.entries,
      writers: report.writers,
      documents: report.documents,
      problems: found,
    },
    problems,
  };
}

/** Checks that each run with status `done` was paid exactly once and that no other run was paid. */
function paymentProblems(
  done: readonly Run[],
  every: readonly Run[],
  payments: readonly Payment[],
): string[] {
  const perRun = new Map<string, number>();
  for (const { key } of payments) {
    const run = key.split('/')[0] ?? '';
    perRun.set(run, (perRun.get(run) ?? 0) + 1);
  }

  const owed = new Set(every.filter(({ status }) => status === 'done').map(({ id }) => id));
  const problems = done
    .filter(({ id }) => perRun.get(id) !== 1)
    .map(({ id }) => `run ${id} was paid ${perRun.get(id) ?? 0} times`);

  for (const run of perRun.keys())
    if (!owed.has(run)) problems.push(`run ${run} was paid but is not done`);

  return problems;
}

/**
 * Lists the payments that the bank made.
 *
 * @throws if the bank is not running.
 */
export async function paymentsOf(bankUrl: string): Promise<Payment[]> {
  const response = await fetch(`${bankUrl}/payments`, {
    headers: { authorization: `Bearer ${BANK_TOKEN}` },
  });
  return ((await response.json()) as { payments: Payment[] }).payments;
}
