/**
 * Closed catalogue of actions that an entry can record. It grows with the product; a name never
 * changes its meaning. `embeddedOnly` actions exist only for trying out Writ; a ledger on AWS
 * refuses their entries.
 */
export const ACTIONS = {
  'workspace.create': {
    means: 'a workspace and its keys were created, or the creation was denied',
  },
  'workspace.list': { means: 'a person listed workspaces, or was denied' },
  'workspace.read': { means: 'a person read a workspace, or was denied' },
  'person.seed': {
    means: 'a sample person was added to the directory, to try Writ out',
    embeddedOnly: true,
  },
  'role.seed': {
    means: 'a sample role was added to the directory, to try Writ out',
    embeddedOnly: true,
  },
  'person.first-admin': {
    means:
      'the person named by the deployment became the first admin, or another person was denied',
  },
  'person.list': { means: 'a person listed people, or was denied' },
  'person.read': { means: 'a person read a person of the directory, or was denied' },
  'role.list': { means: 'a person listed roles, or was denied' },
  'role.read': { means: 'a person read a role, or was denied' },
  'session.start': {
    means: 'a person signed in on this machine, or was denied',
    embeddedOnly: true,
  },
  'session.refuse': {
    means: 'requests without a known sender were refused; counted, not recorded one by one',
  },
  'record.import': {
    means: 'operators imported records (reference data of an automation)',
  },
  'rollout.seed': {
    means: "an automation's rollout stage was set without evidence, to try it out",
    embeddedOnly: true,
  },
  'run.request': {
    means: 'a person requested a run; the outcome is that of the intake',
  },
  'run.start': { means: 'a run was accepted, its input validated and sealed' },
  'run.refuse': { means: 'a start was refused; nothing else was stored' },
  'run.list': { means: 'a person listed runs, or was denied' },
  'run.read': { means: 'a person read a run, or was denied' },
  'trail.read': { means: 'a person read the entries of a run, or was denied' },
  'automation.list': { means: 'a person listed automations, or was denied' },
  'automation.read': { means: 'a person read an automation or its rollout, or was denied' },
  'run.park': { means: 'a run was parked with a reason, for a person to look at' },
  'run.mark': {
    means: 'a run was marked for its sweeper, because a message it waits for may be lost',
  },
  'step.done': { means: 'a step ran and its result was stored' },
  'step.retry': { means: 'an attempt of a step failed and another is due' },
  'effect.claim': {
    means: 'a step is about to make its one vendor call; request and decision are fixed here',
  },
  'effect.hold': {
    means: 'an external step is ready, but no decision covers it; a person is asked first',
  },
  'effect.resume': {
    means: 'a claim outlived its holder and is being settled, by repetition or lookup',
  },
  'gate.list': { means: 'a person listed open gates, or was denied' },
  'gate.read': { means: 'a person read a gate, or was denied' },
  'gate.decide': { means: 'a person decided at a gate, or was denied' },
  'gate.pass': { means: 'a run continued after a gate was decided or expired' },
  'subject.shred': { means: "a subject's keys were replaced by tombstones" },
} as const satisfies Record<string, { readonly means: string; readonly embeddedOnly?: true }>;

export type Action = keyof typeof ACTIONS;

export function isEmbeddedOnly(action: Action): boolean {
  return Object.hasOwn(ACTIONS, action) && 'embeddedOnly' in ACTIONS[action];
}
