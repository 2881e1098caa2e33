import * as z from 'zod/mini';
import type { Flow } from '#shared/automation/index.ts';
import { automation, open, role, sensitive } from '#shared/automation/index.ts';

/**
 * An automation of any number of steps that asks for much: every class, lookups, registers,
 * secrets, gates, external effects in every fourth step. No person would write one like it; it is
 * for measuring what the largest need.
 */
export function manySteps(name: string, steps: number): Flow {
  const of = automation({
    name,
    version: 1,
    purpose: 'measure what many steps need',
    subjects: { patient: 'patientId', payer: 'payerId' },
    fields: {
      patientId: sensitive(z.string(), { class: 'personal', of: 'patient' }),
      payerId: sensitive(z.string(), { class: 'personal', of: 'payer' }),
      diagnosis: sensitive(z.string(), { class: 'health', of: 'patient' }),
      iban: sensitive(z.string(), { class: 'financial', of: 'payer' }),
      contract: sensitive(z.string(), { class: 'confidential', of: 'payer' }),
      price: open(z.int()),
      amount: z.int(),
      note: z.string(),
    },
    records: { tariff: { fields: { amount: z.int() } }, seen: { fields: {} } },
  });

  const person = role('Team Member');
  const result = () => ({ note: '' });
  const reads = ['diagnosis', 'iban', 'contract', 'patientId', 'price', 'amount'] as const;

  const made = Array.from({ length: steps }, (_, i) => {
    const step = `step-${String(i + 1).padStart(2, '0')}`;
    if (i % 4 === 3)
      return of.step(step, {
        reads,
        writes: ['note'],
        vendors: ['bank'],
        effect: 'external',
        pretend: result,
        run: result,
      });

    return of.step(step, {
      reads,
      writes: ['note'],
      lookups: ['tariff'],
      registers: ['seen'],
      secrets: i === 0 ? ['signing'] : [],
      effect: 'internal',
      run: result,
    });
  });

  const gates = [1, 2, 3].map((n) => ({
    gate: of.gate(`gate-${n}`, { decidedBy: person, shows: ['amount'] }),
    large: of.rule(`large-${n}`, {
      reads: ['amount'],
      hits: ({ amount }) => amount > n,
      says: '{amount} is large',
    }),
  }));

  return of.flow((run) => {
    let flow = run.stage('working');
    for (const [i, step] of made.entries()) {
      flow = flow.step(step);
      const next = i % 8 === 5 ? gates.shift() : undefined;
      if (next !== undefined) flow = flow.when(next.large, (big) => big.gate(next.gate));
    }
    return flow;
  });
}
