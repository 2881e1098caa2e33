import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority/authority.ts';
import type { Statement } from '#infra/authority/statements.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { namesOf } from '#infra/naming/names.ts';
import { afterIntake, afterStep, automation, sensitive } from '#shared/automation/index.ts';
import { target } from '#shared/engine/index.ts';
import { DATA_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import refund from './made-up.ts';
import { ARNS, allows, list } from './template.ts';

const functions = new Map(
  [
    ...authoritiesOf(invoice, ARNS),
    ...authoritiesOf(refund, ARNS),
    authorityOfVendor(bank, ARNS),
  ].map((fn) => [fn.name, fn]),
);
const statements = (name: string): readonly Statement[] =>
  functions.get(name)?.statements ?? expect.fail(`no function ${name}`);
const may = (name: string, action: string, table: string, key: string) =>
  statements(name).some((statement) => allows(statement, `dynamodb:${action}`, table, key));
const steps = [...invoice.steps.keys()].map((step) => `invoice-approval.${step}`);
const run = { automation: 'invoice-approval', workspace: 'acme', run: 'r1' };

const unwrapped = (name: string) =>
  statements(name).flatMap(({ Condition }) =>
    list<string>(Condition?.StringEquals?.['kms:EncryptionContext:class'] ?? []),
  );

describe('the classes a function opens', () => {
  it.each([
    ['check-arithmetic', []],
    ['match-order', []],
    ['check-supplier', ['financial']],
    ['pay', ['financial']],
    ['tell-supplier', ['personal']],
    ['tell-rejection', ['personal']],
    ['dead', []],
    ['sweeper', []],
    ['timers', []],
    ['intake', ['personal', 'financial']],
  ])('are for %s exactly %j', (part, classes) => {
    const name = `invoice-approval.${part}`;
    expect(unwrapped(name)).toEqual(classes);
    for (const dataClass of SEALED_CLASSES) {
      const held = (classes as string[]).includes(dataClass);
      expect(may(name, 'BatchGetItem', ARNS.keys, `key#${dataClass}#acme`)).toBe(held);
      expect(may(name, 'BatchGetItem', ARNS.keys, `key#${dataClass}#acme#s1`)).toBe(held);
    }
  });

  it('are those of the records a step looks up, too', () => {
    expect(invoice.steps.get('check-supplier')?.step.authority.lookups).toEqual([
      'supplier',
      'invoice',
    ]);

    expect(
      may(
        'invoice-approval.check-supplier',
        'BatchGetItem',
        ARNS.state,
        target.record(run, 'supplier', '7'),
      ),
    ).toBe(true);

    expect(
      may(
        'invoice-approval.check-supplier',
        'BatchGetItem',
        ARNS.state,
        target.record(run, 'order', '7'),
      ),
    ).toBe(false);
  });

  it('need no key statement at all where nothing is sealed', () => {
    const json = JSON.stringify(statements('invoice-approval.check-arithmetic'));
    expect(json).not.toContain('kms:');
    expect(json).not.toContain(ARNS.keys);
  });
});

describe('a step', () => {
  it.each(steps)(
    '%s reads no fields but of its classes, and writes no class it does not declare',
    (name) => {
      const { reads, writes } = invoice.steps.get(name.split('.')[1]!)!.step.authority;
      for (const dataClass of DATA_CLASSES) {
        const of = (fields: readonly string[]) =>
          fields.some((field) => invoice.fields[field]?.class === dataClass);
        const key = target.fields(run, dataClass);

        expect(may(name, 'BatchGetItem', ARNS.state, key)).toBe(
          of(reads) || of(writes) || dataClass === 'internal',
        );
        expect(may(name, 'PartiQLUpdate', ARNS.state, key)).toBe(of(writes));
      }
    },
  );

  it('adds documents and mints keys only of what no start brings along', () => {
    const of = automation({
      name: 'triage',
      version: 1,
      purpose: 'sort by urgency',
      subjects: { patient: 'patientId' },
      fields: {
        patientId: sensitive(z.string(), { class: 'personal', of: 'patient' }),
        wish: z.optional(z.string()),
        finding: sensitive(z.string(), { class: 'health', of: 'patient' }),
        contact: sensitive(z.string(), { class: 'personal', of: 'patient' }),
        urgent: z.boolean(),
      },
    });

    const writes = ['finding', 'contact', 'urgent'] as const;

    const sort = of.step('sort', {
      reads: ['wish'],
      writes,
      effect: 'internal',
      run: () => ({ finding: '', contact: '', urgent: false }),
    });

    const [step] = authoritiesOf(
      of.flow((flow) => flow.stage('sorting').step(sort)),
      ARNS,
    );

    const triage = (action: string, table: string, key: string) =>
      step!.statements.some((statement) => allows(statement, `dynamodb:${action}`, table, key));

    for (const [dataClass, missing] of [
      ['health', true],
      ['personal', false],
      ['internal', true],
    ] as const) {
      const key = target.fields({ ...run, automation: 'triage' }, dataClass);
      expect([dataClass, triage('PartiQLInsert', ARNS.state, key)]).toEqual([dataClass, missing]);
      expect([dataClass, triage('PartiQLUpdate', ARNS.state, key)]).toEqual([dataClass, true]);

      const sealed = dataClass !== 'internal';

      expect([dataClass, triage('PartiQLInsert', ARNS.keys, `key#${dataClass}#acme#s1`)]).toEqual([
        dataClass,
        missing && sealed,
      ]);
    }

    // whose start always brings something of each class
    for (const name of steps)
      for (const dataClass of DATA_CLASSES)
        expect(may(name, 'PartiQLInsert', ARNS.state, target.fields(run, dataClass))).toBe(false);
  });

  it.each(steps)('%s can neither decide, nor change a decision, nor write a control', (name) => {
    for (const write of ['PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete']) {
      expect(may(name, write, ARNS.state, target.decision(run, 'approve-payment'))).toBe(false);
      expect(may(name, write, ARNS.state, target.control(run))).toBe(false);
    }
  });

  it.each(steps)('%s stays in its automation and writes only its own pages', (name) => {
    const other = { ...run, automation: 'made-up' };
    for (const action of ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLSelect'])
      for (const key of [
        target.run(other),
        target.fields(other, 'internal'),
        target.decision(other, 'first'),
      ])
        expect(may(name, action, ARNS.state, key)).toBe(false);

    for (const writer of functions.keys())
      expect(may(name, 'PartiQLInsert', ARNS.trail, `${writer}#i1`)).toBe(writer === name);
  });

  it('writes no claim but its own, and only when it is external', () => {
    for (const name of steps)
      expect(may(name, 'PartiQLUpdate', ARNS.state, target.claim(run, 'pay'))).toBe(
        name.endsWith('.pay'),
      );

    expect(
      may(
        'made-up.bonus',
        'PartiQLUpdate',
        ARNS.state,
        target.claim({ ...run, automation: 'made-up' }, 'refund-now'),
      ),
    ).toBe(false);
  });

  it('mints a key only where no start brings a value of its class, and never a workspace’s', () => {
    for (const name of steps)
      expect(may(name, 'PartiQLInsert', ARNS.keys, 'key#financial#acme#s1')).toBe(false);
    const intake = 'invoice-approval.intake';
    expect(may(intake, 'PartiQLInsert', ARNS.keys, 'key#financial#acme#s1')).toBe(true);
    expect(may(intake, 'PartiQLInsert', ARNS.keys, 'key#financial#acme')).toBe(false);
  });

  it('registers in its collections without being able to change a record', () => {
    const key = target.record(run, 'invoice', 'a%2F1');
    expect(may('invoice-approval.check-supplier', 'PartiQLInsert', ARNS.state, key)).toBe(true);
    expect(may('invoice-approval.check-supplier', 'PartiQLUpdate', ARNS.state, key)).toBe(false);
    expect(may('invoice-approval.match-order', 'PartiQLInsert', ARNS.state, key)).toBe(false);
  });

  it('reads a secret it declares, as its own', () => {
    expect(statements('made-up.look').find(({ Sid }) => Sid === 'ReadSecrets')?.Resource).toEqual([
      ARNS.secret('made-up.look', 'signing'),
    ]);
  });
});

describe('an intake', () => {
  const intake = 'invoice-approval.intake';

  it('can decide nothing, and touch nothing of a decision but the mark for the sweeper', () => {
    const decision = target.decision(run, 'approve-payment');
    expect(may(intake, 'PartiQLInsert', ARNS.state, decision)).toBe(false);

    const touching = statements(intake).filter((statement) =>
      allows(statement, 'dynamodb:PartiQLUpdate', ARNS.state, decision),
    );

    expect(
      touching.map(
        ({ Condition }) => Condition?.['ForAllValues:StringEquals']?.['dynamodb:Attributes'],
      ),
    ).toEqual([['pk', 'sk', 'sweepAt']]);
  });

  it('enters subjects of its automation into the directory, and no others', () => {
    for (const [subject, known] of [
      ['supplier', true],
      ['contact', true],
      ['patient', false],
    ] as const)
      expect(may(intake, 'PartiQLInsert', ARNS.keys, `token#acme#${subject}.x`)).toBe(known);
  });

  it('is the only function that starts a run', () => {
    for (const name of functions.keys())
      expect(may(name, 'PartiQLInsert', ARNS.state, target.run(run))).toBe(name === intake);
  });
});

describe('what can follow', () => {
  const following = (flow: typeof invoice, step: string) => {
    const { steps, gates } = afterStep(flow, step);
    return { steps: [...steps], gates: [...gates] };
  };

  it('a step goes past gates and either way of a when', () => {
    expect(following(invoice, 'check-arithmetic')).toEqual({
      steps: ['check-supplier'],
      gates: [],
    });

    expect(following(invoice, 'match-order')).toEqual({
      steps: ['pay', 'tell-supplier'],
      gates: ['approve-payment'],
    });

    expect(following(invoice, 'tell-rejection')).toEqual({ steps: [], gates: [] });
    expect(following(refund, 'look')).toEqual({
      steps: ['refund-now'],
      gates: ['first', 'second', 'supervise-refund-now'],
    });

    expect(following(refund, 'refund-now')).toEqual({
      steps: ['bonus'],
      gates: ['supervise-bonus'],
    });
  });

  it('a settled gate is the next gate, and no supervision of what it covers', () => {
    expect([...afterIntake(invoice).gates]).toEqual([]);
    expect([...afterIntake(refund).gates]).toEqual(['second']);
  });

  it('a step decides which gates it opens', () => {
    const opened = { ...run, automation: 'invoice-approval' };
    for (const name of steps)
      expect(may(name, 'PartiQLInsert', ARNS.state, target.gate(opened, 'approve-payment'))).toBe(
        name.endsWith('.match-order'),
      );

    expect(
      may(
        'invoice-approval.pay',
        'PartiQLInsert',
        ARNS.state,
        target.timer(opened, 'supervise-pay'),
      ),
    ).toBe(true);
  });
});

describe('every function', () => {
  it.each([...functions.keys()])('%s names no wildcard action and no bare resource', (name) => {
    for (const { Action = [], NotAction, Resource } of statements(name)) {
      expect(NotAction).toBeUndefined();
      for (const action of Action) expect(action).not.toContain('*');
      for (const resource of Resource!) expect(resource).not.toBe('*');
    }
  });

  it.each([...functions.keys()])(
    '%s pairs each condition over many values with one that they are there',
    (name) => {
      for (const { Condition = {} } of statements(name)) {
        const many = Object.entries(Condition).filter(([operator]) =>
          operator.startsWith('ForAllValues:'),
        );
        for (const key of many.flatMap(([, keys]) => Object.keys(keys)))
          expect(Condition.Null?.[key]).toBe('false');
      }
    },
  );

  it.each([...functions.keys()])('%s writes nothing outside a transaction', (name) => {
    for (const { Effect, Action = [], Condition } of statements(name)) {
      if (Effect === 'Deny' || !Action.some((action) => action.startsWith('dynamodb:PartiQL')))
        continue;
      expect(Condition?.StringEquals?.['dynamodb:EnclosingOperation']).toBe('ExecuteTransaction');
    }
  });

  it.each([...functions.keys()])(
    '%s has a policy within the 10,240 characters of a role',
    (name) => {
      expect(JSON.stringify(statements(name)).length).toBeLessThan(10_240);
    },
  );
});

it('fails when a name is longer than AWS allows', () => {
  const long = `a${'b'.repeat(31)}.c${'d'.repeat(31)}`;
  const dev = environmentOf({ name: 'dev', region: 'eu-central-1' });
  expect(() => namesOf(dev).function(long)).toThrow(/has 79 characters; allowed are at most 64/);
});
