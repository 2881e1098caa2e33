import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { target } from '#shared/engine/index.ts';
import { GOOD } from '../functions/automations/invoice-approval/good-invoice.ts';
import { describeOnMoto } from '../support/aws/moto.ts';
import { totalsOf } from './emf.ts';
import { known, SECRET_ACCESS_KEY } from './environment.ts';
import { marksIn, textsOf } from './search.ts';
import {
  AUTOMATION,
  type Case,
  CONTACT,
  FORGOTTEN,
  IBAN,
  INVOICES,
  play,
  ROTATED,
  runKey,
  type Story,
  TOKEN,
  WORKSPACE,
} from './story.ts';

const MARKS = [IBAN, ...CONTACT, TOKEN, ROTATED, SECRET_ACCESS_KEY];

await describeOnMoto('invoice approval from its bundles, on services like those of AWS', (moto) => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-e2e-'));
  let story: Story;

  beforeAll(async () => {
    story = await play(moto, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const entriesOf = (each: Case) => story.entries.filter(({ run }) => run === story.runs[each]);
  const writerOf = ({ writer }: { readonly writer: string }) => writer.split('#')[0] ?? '';
  const instances = () => story.cloud.functions.instances;
  const isMeasure = (line: string) => line.startsWith('{"_aws"');

  it('pays what is in order and what was approved, each once, and nothing else', () => {
    const paid = ['E-1', 'E-2', 'E-4', 'E-5', 'E-6'];
    expect(story.bank.payments.map(({ reference, amount }) => [reference, amount])).toEqual(
      paid.map((reference) => [reference, 14_000]),
    );
  });

  it('leaves every run where it belongs', () => {
    expect(story.atGates).toEqual({ paid: 'done', approved: 'waiting', rejected: 'waiting' });
    expect(story.ends).toEqual({
      paid: 'done',
      approved: 'done',
      rejected: 'rejected',
      rotated: 'done',
      parked: 'parked',
      swept: 'done',
    });
  });

  it('has a person look at what is odd, says why, and pays on what the person decided', () => {
    const { runs, hits } = story;

    expect(hits).toEqual({
      [runs.approved]: ['no-order'],
      [runs.rejected]: ['changed-bank-account'],
    });

    const decided = story.entries.filter(({ action }) => action === 'gate.decide');

    expect(decided.map(({ run, actor, outcome }) => [run, actor.id, outcome]).sort()).toEqual(
      [runs.approved, runs.rejected].map((run) => [run, 'sample-approver', 'ok']).sort(),
    );

    const claim = entriesOf('approved').find(({ action }) => action === 'effect.claim');

    expect(claim?.why?.decisions).toEqual([
      target.decision(runKey(runs.approved), 'approve-payment'),
    ]);
  });

  it('gives the same run for the same start, and refuses another invoice under its key', () => {
    expect(story.starts.again).toEqual({ started: { run: story.runs.paid, created: false } });
    expect(story.starts.other).toMatchObject({ refused: { code: 'run.key-reused' } });
  });

  it('refuses what is no invoice in words, and leaves evidence of it', () => {
    const { hostile, malformed } = story.starts;

    expect(hostile).toMatchObject({
      refused: { code: 'ubl.doctype', fate: 'refuse', message: expect.stringMatching(/^the /) },
    });
    expect(malformed).toMatchObject({ refused: { code: 'intake.call-invalid' } });

    const refused = story.entries.filter(
      ({ action, why }) => action === 'run.refuse' && why?.code === 'ubl.doctype',
    );

    expect(refused.map((entry) => [writerOf(entry), entry.outcome])).toEqual([
      [`${AUTOMATION}.intake`, 'denied'],
    ]);
  });

  it('creates a workspace once, and takes no rollout without evidence', () => {
    expect(story.prepared).toEqual({ created: [true, false], seeded: 'audit.embedded-only' });
  });

  it('changes nothing when a timer comes too early', () => {
    expect(story.timers).toEqual([{ found: 0 }, { found: 2 }]);
    expect(story.afterTimers).toEqual(story.atGates);
  });

  it('goes on when word was lost, as soon as a sweep is due', () => {
    expect([story.lost, ...story.sweeps]).toEqual([1, { found: 0 }, { found: 1 }]);
  });

  it('pays with the new secret once the bank refuses the old one: in one call, of a function that was not deployed anew', () => {
    const told = entriesOf('rotated').filter(({ step }) => step === 'pay');
    expect(told.map(({ action }) => action)).toEqual(['effect.claim', 'step.done']);
    expect(told[1]?.vendors).toMatchObject([
      { vendor: 'bank', host: 'api.bank.example', status: 201, secret: 'bank-api-token' },
    ]);
    expect(story.cloud.functions.of('vendor.bank')).toBe(story.unrotated);
  });

  it('writes once for each commit of a run, always in a transaction, and reads at most twice', () => {
    const count = (operation: string) => story.requests.filter((each) => each === operation).length;
    const [writes, reads] = [count('ExecuteTransaction'), count('BatchGetItem')];

    process.stdout.write(
      `  an invoice that is paid at once: ${writes} transactions, ${reads} reads\n`,
    );
    expect(writes).toBe(entriesOf('rotated').length);
    expect(reads).toBeLessThanOrEqual(2 * writes);
    expect(story.requests).toHaveLength(writes + reads);
  });

  describe('a function whose deployment left something out', () => {
    it('says all that is missing in one sentence, and no value of what it was told', () => {
      const told = story.broken.errors;

      expect(told.length).toBeGreaterThanOrEqual(5);

      const sentence = `function ${FORGOTTEN} cannot start: WRIT_PREFIX is missing; WRIT_DATA_KEY is missing; the deployment sets these variables`;

      for (const line of told) expect(line).toContain(`"errorMessage":"${sentence}"`);

      const values = Object.entries(story.cloud.functions.variablesOf(FORGOTTEN)).filter(([name]) =>
        /^(?:AWS_.*_[A-Z]+|WRIT_.*)$/.test(name),
      );

      expect(values.length).toBeGreaterThan(8);

      for (const [name, value] of values)
        if (value !== '$LATEST') expect(marksIn(told, [value]), name).toEqual([]);
    });

    it('has the run parked for a person, when its message was handed out five times', () => {
      expect(story.broken.events).toHaveLength(5);
      const parked = entriesOf('parked').filter(({ action }) => action === 'run.park');
      expect(parked.map((entry) => [writerOf(entry), entry.step, entry.why?.code])).toEqual([
        [`${AUTOMATION}.dead`, 'tell-supplier', 'delivery.exhausted'],
      ]);
    });
  });

  describe('the trail', () => {
    it('agrees with itself and with every document that stands', () => {
      expect(story.report.problems).toEqual([]);
      expect(story.report.entries).toBe(story.entries.length);
    });

    it('names for every entry the function that wrote it, and the hash of its bundle', () => {
      const hashes = new Map(story.built.map(({ name, sha256 }) => [name, sha256]));
      for (const entry of story.entries) {
        expect(entry.writer).toMatch(/^[a-z.-]+#[a-z0-9]{26}$/);
        expect(entry.bundle).toBe(known(hashes, writerOf(entry)));
        if (entry.actor.kind === 'service') expect(entry.actor.id).toBe(writerOf(entry));
      }
    });

    it('is written by every function that may, and by no other', () => {
      const may = [...story.cloud.environment.authorities.values()]
        .filter(({ writer }) => writer)
        .map(({ name }) => name);
      expect(new Set(story.entries.map(writerOf))).toEqual(
        new Set([...may, 'workspaces', 'records', 'automations', 'gates']),
      );
    });
  });

  describe('what functions write down', () => {
    it('are measures that add up to what is in the trail', () => {
      const { authorities, names } = story.cloud.environment;
      const lines = instances().flatMap((instance) => instance.lines.filter(isMeasure));
      const totals = totalsOf(lines, names.prefix, new Set(authorities.keys()));
      const own = story.entries.filter((entry) => authorities.has(writerOf(entry)));
      const count = (what: string) => own.filter(({ action }) => action === what).length;

      expect(totals).toMatchObject({
        RunsStarted: Object.keys(INVOICES).length,
        StepsDone: count('step.done'),
        EffectsClaimed: story.bank.payments.length,
        RunsParked: 1,
        Refusals: own.filter(({ outcome }) => outcome === 'denied').length,
        Swept: 1,
        TimersFired: 2,
      });

      expect([count('run.start'), count('effect.claim'), count('run.park')]).toEqual([6, 5, 1]);

      for (const name of [
        'StepsRetried',
        'MessagesUnsent',
        'CommitsUnknown',
        'IndexMismatches',
        'ValuesDropped',
      ] as const)
        expect(totals[name], name).toBeUndefined();
    });

    it('are log lines, one object each, and nothing else unless a function fails', () => {
      const lines = instances().flatMap((instance) =>
        instance.lines.filter((line) => !isMeasure(line)),
      );
      const head = {
        time: expect.any(String),
        level: expect.any(String),
        what: expect.any(String),
      };

      for (const line of lines) expect(JSON.parse(line)).toMatchObject(head);

      expect(instances().filter(({ errors }) => errors.length > 0)).toEqual([story.broken]);
    });
  });

  describe('queues', () => {
    it('carry ids and nothing else', () => {
      const { bodies } = story.cloud.queues;
      expect(bodies.length).toBeGreaterThan(30);

      for (const body of bodies) {
        const { workspace, run, step, subjectRefs, ...more } = JSON.parse(body) as Record<
          string,
          unknown
        >;

        expect([workspace, more]).toEqual([WORKSPACE, {}]);
        expect(Object.values(story.runs)).toContain(run);
        expect(step).toMatch(/^[a-z-]+$/);
        for (const ref of subjectRefs as string[]) expect(ref).toMatch(/^[a-z0-9]{26}$/);
      }
    });

    it('are all empty in the end, those of dead letters too', () => {
      expect(Object.keys(story.left)).toHaveLength(14);
      expect(Object.entries(story.left).filter(([, messages]) => messages > 0)).toEqual([]);
    });

    it('have the names that the templates give them, those of dead letters too', () => {
      const { names, arns } = story.cloud.environment;
      for (const [fn, { arn, deadUrl }] of story.cloud.queues.all) {
        expect([arn, deadUrl.split('/').at(-1)]).toEqual([
          arns.queue(fn),
          names.deadLetterQueue(fn),
        ]);
      }
    });
  });

  describe('sensitive values', () => {
    const requests = () => textsOf(story.cloud.front.requests);
    const uploads = () => story.cloud.functions.of(`${AUTOMATION}.intake`).events;

    it('are where they come from, so that the search has something to miss', () => {
      expect(marksIn([GOOD, TOKEN, ROTATED, SECRET_ACCESS_KEY], MARKS)).toEqual(MARKS);
      expect(marksIn(uploads(), [IBAN, ...CONTACT])).toEqual([IBAN, ...CONTACT]);
      // the name of a company stands in clear
      expect(marksIn(requests(), ['Onbekendia'])).toEqual(['Onbekendia']);
    });

    it('are in no message', () => {
      expect(marksIn(story.cloud.queues.bodies, MARKS)).toEqual([]);
    });

    it('are in no line that a function or its runtime writes', () => {
      const lines = instances().flatMap((instance) => [...instance.lines, ...instance.errors]);
      expect(lines.length).toBeGreaterThan(30);
      expect(marksIn(lines, MARKS)).toEqual([]);
    });

    it('are in no request to DynamoDB, in no byte of it', () => {
      expect(requests().length).toBeGreaterThan(1_000);
      expect(marksIn(requests(), MARKS)).toEqual([]);
    });

    it('are in no answer of the intake, in no reason for waiting', () => {
      expect(marksIn([JSON.stringify([story.starts, story.hits])], MARKS)).toEqual([]);
    });

    it('go to the vendor’s function as far as its request names them, and to no other', () => {
      const { invocations } = story.cloud.functions.lambda;
      const vendor = story.cloud.environment.names.function('vendor.bank');

      expect(invocations.map((each) => [each.type, each.function])).toEqual(
        story.bank.payments.map(() => ['RequestResponse', vendor]),
      );

      const payloads = invocations.map(({ payload }) => payload.toString());
      for (const payload of payloads) expect(payload).toContain(IBAN);

      expect(marksIn(payloads, MARKS.slice(1))).toEqual([]);
    });
  });
});
