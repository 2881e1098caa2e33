/**
 * Descriptions of request and response fields for the OpenAPI document. They are separate from the
 * schemas, because schemas are bundled into every function and functions do not need descriptions.
 *
 * A key is the end of a field's path: the operation id, then field names from the outside in. The
 * longest matching key wins.
 */
const RUN = 'Id of the run in requests: `<workspace>.<automation>.<run id>`.';
const GATE = 'Id of the gate in requests: `<workspace>.<automation>.<run id>.<gate>`.';
const REQUESTER = 'Id of the person who started the run, who cannot decide its gates.';
const LIMITED_TO = 'Absent: all.';

const LISTS = {
  cursor: 'Cursor of the next page; pass it on unchanged. Absent on the last page.',
  runs: 'Newest first.',
  gates: 'Oldest first.',
  people: 'By id.',
  roles: 'Names of roles.',
  'listRoles.roles': 'Built-in roles first, then custom roles by name.',
  workspaces: 'Workspaces that the person can access; `*`: all.',
  'listWorkspaces.workspaces': 'By name.',
  automations: 'Deployed automations, in the version of new runs.',
} as const;

const RUNS = {
  'runs.id': RUN,
  'getRun.id': RUN,
  'startRun.id': RUN,
  created:
    'Whether this request started the run; false when the same upload with the same key had started it.',
  workspace: 'Name of the workspace.',
  automation: 'Name of the automation.',
  version: 'Version of the automation. A run keeps the version that it started with.',
  status:
    '`running`: a step is ready or in progress; `waiting`: a gate is open; `parked`: set aside until an operator acts; `done`; `rejected`: a gate ended it.',
  stage: 'Current stage of the run.',
  requester: REQUESTER,
  startedAt: 'UTC.',
  finishedAt: 'UTC. Absent while the run has not ended.',
  'getRun.steps': 'Steps that the run has reached, in the order of the flow.',
  'steps.name': 'Name of the step.',
  'steps.state':
    '`ready`: to be executed; `claimed`: its vendor call is prepared or in progress; `done`.',
  'steps.attempts': 'Attempts that failed or called a vendor. Absent: none.',
  'steps.waiting':
    'Why the step waits for something outside: a vendor that is down or rejects the credentials, or a secret. Absent: it does not wait.',
  'waiting.since': 'UTC. Time of the first of these failed attempts.',
  'waiting.nextAttemptAt': 'UTC. Time of the next automatic attempt.',
  'waiting.code': 'Stable code, such as `vendor.unreachable`.',
  'waiting.reason': 'Sentence without sensitive data.',
  'steps.pretended': 'The vendor call was simulated because the automation is in shadow.',
  'getRun.gates': 'Gates that the run has reached.',
  'getRun.gates.id': GATE,
  'gates.name': 'Name of the gate in the automation.',
  'getRun.gates.state':
    '`open`: waits for a person; `passed`: no rule required a decision; `approved`, `rejected`, `expired`.',
  parked: 'Why the run is set aside until an operator acts. Absent: it is not.',
  'parked.step': 'Step at which it happened. Absent: at none.',
  'parked.code': 'Stable code, such as `effect.unknown`.',
  'parked.reason': 'Explanation for people.',
  'getRun.fields':
    'Fields by name, of the classes that you are allowed to read. Fields of sealed classes are never included.',
} as const;

const GATES = {
  'listGates.gates.id': GATE,
  'getGate.id': GATE,
  run: RUN,
  gate: 'Name of the gate in the automation; `supervise-` and the step name when the engine itself holds back an effect.',
  decidedBy: 'Role that decides at the gate.',
  openedAt: 'UTC.',
  expiresAt: 'UTC. From this time the gate counts as rejected.',
  state:
    '`open`: waits for a decision; `approved`, `rejected`: decided; `expired`: not decided in time.',
  hits: 'Why the gate waits: the rules that required a decision. A list contains the first ten.',
  'hits.rule': 'Name of the rule.',
  'hits.says':
    'The rule as a sentence with its facts. A fact that you are not allowed to read is replaced by its class, such as `[internal]`.',
  'hits.facts': 'Facts of the rule, by name. Absent without the right to read internal fields.',
  shown:
    'Fields by name, with their values when the gate opened, as far as you are allowed to read them.',
  amounts:
    'Amounts of money among these fields, formatted. The fields themselves are in minor units, such as cents.',
  withheld:
    'Number of fields and reasons of the gate that you are not allowed to read in full. Absent: none. A decision requires the right to read all of them.',
  seen: 'Identifies exactly what the gate shows you. A decision repeats it and is valid for nothing else.',
  'decideGate.seen':
    '`seen` of `getGate`, unchanged. The decision is refused when the gate now shows something else, or when you are now allowed to read more or less.',
  decision: 'Absent while there is none.',
  outcome: 'Decision of the person.',
  reason:
    "Reason in the person's own words. It is kept for good and readable with the right to read internal fields, so it must not contain personal data.",
  'getGate.decision.reason':
    "Reason in the person's own words. Present for the decider and with the right to read internal fields.",
  by: 'Id of the person who decided.',
  role: 'Role in which the person decided.',
  at: 'UTC.',
} as const;

const AUTOMATIONS = {
  'automations.name': 'Name of the automation.',
  'getAutomation.name': 'Name of the automation.',
  'automations.version': 'Version of new runs.',
  'getAutomation.version': 'Version of new runs.',
  purpose: 'Purpose for which data is processed.',
  definition: 'SHA-256 (hex) of the whole declaration. It cannot change without a new version.',
  subjects: 'Data subjects of the automation.',
  'subjects.name': 'Name of the subject in the automation.',
  'subjects.knownBy': 'Field whose value identifies the subject.',
  stages: 'Named stages, in the order of the flow.',
  fields: 'Fields of a run.',
  'fields.name': 'Name of the field.',
  'fields.class':
    'Data class. `public` and `internal` are stored in clear; all others are stored sealed and never shown here.',
  'fields.of': 'Subject of the data. Absent: no person.',
  'fields.input': 'True: part of the input of a run; false: written by a step.',
  'fields.optional': 'A run can lack this field.',
  'fields.money': 'Amount in minor units, such as cents, of the currency in the field `currency`.',
  steps: 'In the order of the flow.',
  'steps.effect':
    'Effect of the step: `none`, `internal` (changes stored data only), `external` (one vendor call).',
  'steps.reads': 'Fields that the step may read.',
  'steps.writes': 'Fields that the step may write.',
  'steps.vendors': 'Vendors that the step may call.',
  'steps.secrets': 'Names of the secrets that the step uses, never values.',
  'steps.lookups': 'Records that the step may look up.',
  'steps.registers': 'Records that the step may add.',
  'steps.reserves': 'Records whose balances the step may reserve for its run.',
  'steps.draws': 'Records whose reservations the step makes final.',
  'getAutomation.gates': 'In the order of the flow.',
  'gates.shows': 'Fields that the gate shows to people.',
  'gates.rules': 'Rules that can require a decision.',
  'gates.rules.name': 'Name of the rule.',
  'gates.rules.says': 'The rule as a sentence. Names in braces stand for values.',
  'gates.waitsAlways': 'Every run waits here, without rules.',
  'gates.expiresMs': 'Milliseconds after opening from which the gate counts as rejected.',
  supervisedBy:
    'Role that decides about external effects that no gate covers, while they are supervised.',
  rollout:
    '`shadow`: vendors are never called; `supervised`: every external effect waits for a decision; `exceptions`: only what rules select waits; `autonomous`.',
} as const;

const PEOPLE = {
  id: 'Id of the person.',
  name: 'Full name. Absent: not in the directory, or erased.',
  email: 'Absent: not in the directory, or erased.',
  attributes: 'Attributes by name that permissions can depend on, at most 16.',
  active: 'Whether the account can be used.',
  'getRole.name': 'Name by which the role is assigned.',
  says: 'Purpose of the role, in one sentence.',
  builtIn: 'True: the permissions are policies of this release; false: they are the `grants`.',
  grants:
    'Permissions of a custom role. Each grant applies when all of its conditions are met. Absent for built-in roles.',
  'grants.permissions': 'Names of permissions.',
  'grants.automations': `Names of automations. ${LIMITED_TO}`,
  'grants.stages': `Stages of runs. ${LIMITED_TO}`,
  'grants.classes': `Classes of fields. ${LIMITED_TO}`,
  'grants.where':
    'Required attributes of the workspace: allowed values by name; `own`: the same value as the person has. Absent: none.',
  'getWorkspace.name': 'Name of the workspace.',
  'createWorkspace.name': 'Name of the workspace. It cannot be changed.',
  'getHealth.status': 'Always `ok` when the API answers.',
} as const;

const ENTRIES = {
  entries: 'Oldest first.',
  unreadable:
    'Number of stored entries on this page that are not in the format of an entry. An operator should investigate.',
  'entries.sha256':
    'SHA-256 (base64url) of the stored bytes, which are the canonical JSON (RFC 8785) of the entry, so anyone can verify it.',
  'entries.doubtful':
    'The entry is not what its function writes for such an action, or the decisions it refers to differ from its claims. Do not rely on it; an operator should investigate.',
  'entries.entry': 'Stored audit entry. The format is `docs/formats/entry.md`.',
  'entry.v': 'Format.',
  'entry.writer': 'Function instance that wrote the entry. With `n` it identifies the entry.',
  'entry.n': 'Sequence number of the writer, from 1 without gaps.',
  'entry.time': 'Milliseconds since 1970, UTC, by the clock of the writer. Not a total order.',
  'entry.bundle': 'SHA-256 (hex) of the code of the function that wrote the entry.',
  'entry.workspace': 'Workspace of the data; `platform` for data of no workspace.',
  'entry.client': 'Not used in this release.',
  'entry.project': 'Not used in this release.',
  'entry.case': 'Not used in this release.',
  'entry.actor': 'Actor of the action.',
  'actor.kind':
    '`user`: a person; `service`: a function of the platform; `link`: the holder of a link.',
  'actor.id': 'Id of the person, or name of the function.',
  'actor.for': 'Person on whose behalf the actor acted.',
  'actor.auth': 'Authentication method. Absent for a function, which is authenticated by its role.',
  'actor.session': 'Id of the sign-in session.',
  'actor.origin': 'Coarse origin of the request.',
  'entry.action': 'Action, from a closed list.',
  'entry.outcome': '`denied`: refused; `failed`: an error, the action may have happened in part.',
  'entry.classes': 'Classes of the data that was read or written.',
  'entry.targets': 'Resources of the action, in addition to the changed documents.',
  'targets.kind': 'Kind, such as `run`, `gate`, `person`.',
  'targets.id': 'Id. A run is `<automation>.<run id>`, a gate `<automation>.<run id>.<gate>`.',
  'targets.rev': 'Revision. Absent: the resource did not exist, or has no revision.',
  'entry.why': 'Basis of the decision.',
  'why.policies': 'Ids of the policies that allowed or denied it.',
  'why.rules': 'Evaluated rules.',
  'rules.rule': 'Name of the rule.',
  'rules.hit': 'Whether the rule required a decision.',
  'rules.facts': 'Facts of the rule, by name.',
  'rules.says': 'A hit as a sentence.',
  'why.decisions': 'Decisions of people that were acted on.',
  'why.rollout': 'Rollout of the automation at that time.',
  'why.code': 'Stable code of a refusal, retry or parking.',
  'why.reason': 'Explanation of the code, or the reason that a person gave.',
  'entry.seals': 'Key that opens the sealed values in the diffs, by key id.',
  'entry.reads': 'Names of the fields that were read.',
  'entry.secrets': 'Names of the secrets that were used, never values.',
  'entry.vendors': 'Vendor calls.',
  'vendors.vendor': 'Name of the vendor.',
  'vendors.host': 'Host of the call. Absent: not called yet.',
  'vendors.status': 'HTTP status. Absent: no response.',
  'vendors.secret': 'Name of the secret that was used.',
  'vendors.request': 'Hash (base64url) of the request.',
  'vendors.response': 'Hash (base64url) of the response.',
  'vendors.intent': 'Intent of the step.',
  'entry.run': 'Id of the run: the last part of the id in requests.',
  'entry.step': 'Name of the step.',
  'entry.attempt': 'Attempt of the step.',
  'entry.parent': 'Run that started this one.',
  'entry.direction': 'Whether the step was executed or undone.',
  'entry.count':
    'Number of occurrences, for events that are counted instead of recorded one by one.',
  'entry.trace': 'Id of the request or call; for the API, the `x-request-id` of the response.',
  'entry.changes': 'Changed documents.',
  'changes.target': 'Key of the document.',
  'changes.rev': 'Revision after the change.',
  'changes.beforeC':
    'Commitment (base64url) to the bytes before; null: the document did not exist.',
  'changes.afterC': 'Commitment (base64url) to the bytes after; null: the document was removed.',
  'changes.diff': 'Changes by field.',
  'diff.field': 'Name of the field.',
  'diff.class': 'Class of a sealed field.',
  'diff.subject': 'Random reference to the subject of a sealed field.',
  'diff.before': 'Value of a clear field before. Absent: none.',
  'diff.after': 'Value of a clear field after. Absent: none.',
  'diff.sealedBefore': 'Envelope (base64url) of a sealed field before.',
  'diff.sealedAfter': 'Envelope (base64url) of a sealed field after.',
  'diff.digestBefore': 'Digest that replaces a long value before.',
  'diff.digestAfter': 'Digest that replaces a long value after.',
  'digestBefore.bytes': 'Length of the value in bytes.',
  'digestAfter.bytes': 'Length of the value in bytes.',
  'digestBefore.sha256': 'SHA-256 (base64url) of the value.',
  'digestAfter.sha256': 'SHA-256 (base64url) of the value.',
} as const;

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ...LISTS,
  ...RUNS,
  ...GATES,
  ...AUTOMATIONS,
  ...PEOPLE,
  ...ENTRIES,
};

/** Keys, for the test that checks that every key is used. */
export const DESCRIPTION_KEYS = Object.keys(DESCRIPTIONS);

/** Returns the key of a field's description; undefined if the field has no description. */
export function descriptionKey(operationId: string, path: readonly string[]): string | undefined {
  const all = [operationId, ...path];
  return all.map((_, i) => all.slice(i).join('.')).find((key) => Object.hasOwn(DESCRIPTIONS, key));
}

/** Returns the description of a field; undefined if the field has no description. */
export function descriptionOf(operationId: string, path: readonly string[]): string | undefined {
  const key = descriptionKey(operationId, path);
  return key === undefined ? undefined : DESCRIPTIONS[key];
}
