/**
 * The closed catalogue of actions: what an entry may say was done. It grows with the product; a
 * name never changes its meaning. `embeddedOnly` actions exist for trying Writ out; a ledger in the
 * cloud refuses an entry that names one.
 */
export const ACTIONS = {
  'workspace.create': {
    means: 'a workspace and its keys came into being, or somebody was refused to make one',
  },
  'workspace.list': { means: 'a person saw a list of workspaces, or was refused' },
  'workspace.read': { means: 'a person looked at a workspace, or was refused' },
  'person.seed': {
    means: 'a sample person was put into the directory, to try Writ out',
    embeddedOnly: true,
  },
  'role.seed': {
    means: 'a sample role was put into the directory, to try Writ out',
    embeddedOnly: true,
  },
  'person.first-admin': {
    means: 'the person whom the deployment names became the first admin, or somebody else tried to',
  },
  'person.list': { means: 'a person saw a list of people, or was refused' },
  'person.read': { means: 'a person looked at a person of the directory, or was refused' },
  'role.list': { means: 'a person saw a list of roles, or was refused' },
  'role.read': { means: 'a person looked at a role, or was refused' },
  'session.start': {
    means: 'a person signed in on this machine, or somebody was refused to',
    embeddedOnly: true,
  },
  'session.refuse': {
    means: 'requests were refused whose sender is not known; counted, not told one by one',
  },
  'record.import': {
    means: 'records (reference data of an automation) were put in place by its operators',
  },
  'rollout.seed': {
    means: "an automation's rollout stage was set without evidence, to try it out",
    embeddedOnly: true,
  },
  'run.request': {
    means: 'a person asked to start a run; what became of it is as the intake answered',
  },
  'run.start': { means: 'a run was accepted, its input validated and sealed' },
  'run.refuse': { means: 'a start was refused; nothing else was stored' },
  'run.list': { means: 'a person saw a list of runs, or was refused' },
  'run.read': { means: 'a person looked at a run, or was refused' },
  'trail.read': { means: 'a person read the entries of a run, or was refused' },
  'automation.list': { means: 'a person saw a list of automations, or was refused' },
  'automation.read': { means: 'a person looked at an automation or its rollout, or was refused' },
  'run.park': { means: 'a run was set aside with a reason, for a person to look at' },
  'run.mark': {
    means: 'a run was marked for its sweeper, because word of what it waits for may have been lost',
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
    means: 'a claim outlived its holder and is being settled, by repeating or looking up',
  },
  'gate.list': { means: 'a person saw a list of gates that wait, or was refused' },
  'gate.read': { means: 'a person looked at a gate, or was refused' },
  'gate.decide': { means: 'a person decided at a gate, or was refused to' },
  'gate.pass': { means: 'a run went on after a gate was decided or expired' },
  'subject.shred': { means: "a subject's keys were replaced by tombstones" },
} as const satisfies Record<string, { readonly means: string; readonly embeddedOnly?: true }>;

export type Action = keyof typeof ACTIONS;

export function isEmbeddedOnly(action: Action): boolean {
  return Object.hasOwn(ACTIONS, action) && 'embeddedOnly' in ACTIONS[action];
}
