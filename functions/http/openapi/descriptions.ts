/**
 * What fields of requests and answers mean, for the OpenAPI document. They stand here and not on
 * the schemas, because schemas are part of every function and words are for readers of the
 * document.
 *
 * A key is the end of the place of a field: names from the outside in, before all of them the
 * operation's. Of several that fit, the longest holds.
 */
const RUN = '`<workspace>.<automation>.<run id>`: what requests call the run.';
const GATE = '`<workspace>.<automation>.<run id>.<gate>`: what requests call the gate.';
const REQUESTER = 'Id of the person who started the run. They decide at none of its gates.';
const GRANTED_ONLY = 'It holds only for these; absent: for all.';

const LISTS = {
  cursor: 'For the next page; hand it over as it is. Absent: this is the last page.',
  runs: 'Newest first.',
  gates: 'Oldest first.',
  people: 'By id.',
  roles: 'Names of roles.',
  'listRoles.roles': 'Those that are built in first, then custom ones by name.',
  workspaces: 'Those that the person is let into; `*`: every one.',
  'listWorkspaces.workspaces': 'By name.',
  automations: 'Those that are deployed, of the version that new runs have.',
} as const;

const RUNS = {
  'runs.id': RUN,
  'getRun.id': RUN,
  'startRun.id': RUN,
  created:
    'Whether this request started the run; false: it was there, from the same upload under the same key.',
  workspace: 'Name of the workspace.',
  automation: 'Name of the automation.',
  version: 'Version of the automation. A run keeps the one that it started with.',
  status:
    '`running`: a step is ready or at work; `waiting`: a gate is open; `parked`: it is set aside until somebody looks at it; `done`; `rejected`: a gate ended it.',
  stage: 'The named phase that the run is in now.',
  requester: REQUESTER,
  startedAt: 'UTC.',
  finishedAt: 'UTC. Absent: it has not ended.',
  'getRun.steps': 'Those that were reached, in the order of the flow.',
  'steps.name': 'Name of the step.',
  'steps.state':
    '`ready`: to be done; `claimed`: its call of a vendor is prepared or under way; `done`.',
  'steps.attempts': 'Attempts that failed or called a vendor. Absent: none.',
  'steps.waiting':
    'Why it waits for something outside: a vendor that is down or does not take the credentials, or a secret. Absent: it does not.',
  'waiting.since': 'When the first of these attempts failed.',
  'waiting.nextAttemptAt': 'When it is tried again, by itself.',
  'waiting.code': 'Stable, such as `vendor.unreachable`.',
  'waiting.reason': 'A sentence. It holds no sensitive data.',
  'steps.pretended': 'Nothing left for a vendor: the automation is in shadow.',
  'getRun.gates': 'Those that were reached.',
  'getRun.gates.id': GATE,
  'gates.name': 'Name of the gate in the automation.',
  'getRun.gates.state':
    '`open`: it waits for a person; `passed`: no rule asked for one; `approved`, `rejected`, `expired`.',
  parked: 'Why it is set aside until somebody looks at it. Absent: it is not.',
  'parked.step': 'The step at which it happened; absent: at none.',
  'parked.code': 'Stable, such as `effect.unknown`.',
  'parked.reason': 'In words.',
  'getRun.fields':
    'Fields by name: those of classes that you may read. Fields of sealed classes are never among them.',
} as const;

const GATES = {
  'listGates.gates.id': GATE,
  'getGate.id': GATE,
  run: RUN,
  gate: 'Name of the gate in the automation; `supervise-` and the name of a step where the engine itself holds back an effect.',
  decidedBy: 'The role that decides here.',
  openedAt: 'UTC.',
  expiresAt: 'UTC. From then on it counts as rejected.',
  state:
    '`open`: it waits for a decision; `approved`, `rejected`: it was decided; `expired`: nobody decided in time.',
  hits: 'Why it waits: the rules that asked for a person. A list tells the first ten.',
  'hits.rule': 'Name of the rule.',
  'hits.says':
    'The rule in a sentence with its facts. What you may not read of them stands as its class, such as `[internal]`.',
  'hits.facts':
    'What the rule looked at, by name. Absent without the right to read internal fields.',
  shown: 'Fields by name, as they stood when the gate opened: those that you may read.',
  amounts: 'Of these fields amounts of money, in words: a number is in minor units, such as cents.',
  withheld:
    'How many fields and reasons the gate shows that you may not read in whole. Absent: none. Who decides has to read all of it.',
  seen: 'Names exactly what the gate shows you. A decision repeats it, and holds for nothing else.',
  'decideGate.seen':
    'As the gate was shown to you: `seen` of `getGate`. Where something else stands there now, or you may read more or less, the decision is refused.',
  decision: 'Absent: nobody has decided.',
  outcome: 'What the person decided.',
  reason:
    'In the words of the person. Whoever may read internal fields can read it, for good: no place for personal data.',
  'getGate.decision.reason':
    'In the words of the person. There for who gave it, and for who may read internal fields.',
  by: 'Id of the person who decided.',
  role: 'The role in which they decided.',
  at: 'UTC.',
} as const;

const AUTOMATIONS = {
  'automations.name': 'Name of the automation.',
  'getAutomation.name': 'Name of the automation.',
  'automations.version': 'Version that new runs have.',
  'getAutomation.version': 'Version that new runs have.',
  purpose: 'What data is processed for, in words.',
  definition: 'SHA-256 (hex) of everything declared. It cannot change without a new version.',
  subjects: 'Whom sensitive data is about.',
  'subjects.name': 'What the automation calls the subject.',
  'subjects.knownBy': 'The field whose value tells who it is.',
  stages: 'Named phases, in the order of the flow.',
  fields: 'What runs know.',
  'fields.name': 'Name of the field.',
  'fields.class':
    'Class of its data. `public` and `internal` are stored in the clear; all others are stored sealed and never shown here.',
  'fields.of': 'The subject that it is about. Absent: it is about nobody.',
  'fields.input': 'It comes with the start; otherwise a step writes it.',
  'fields.optional': 'A run may be without it.',
  'fields.money': 'It is an amount in minor units of the field `currency`, such as cents.',
  steps: 'In the order of the flow.',
  'steps.effect':
    'What it does to the world: `none`, `internal` (what is stored here), `external` (one call of a vendor).',
  'steps.reads': 'Names of the fields it may read.',
  'steps.writes': 'Names of the fields it may write.',
  'steps.vendors': 'Vendors it may call.',
  'steps.secrets': 'Names of the secrets it uses. Never values.',
  'steps.lookups': 'Records it may look up.',
  'steps.registers': 'Records it may add.',
  'steps.reserves': 'Records whose balances it may reserve for its run.',
  'steps.draws': 'Records of which it makes reservations final.',
  'getAutomation.gates': 'In the order of the flow.',
  'gates.shows': 'Names of the fields that people see there.',
  'gates.rules': 'It waits where one of these asks for a person.',
  'gates.rules.name': 'Name of the rule.',
  'gates.rules.says': 'The rule in a sentence. Names in braces stand for values.',
  'gates.waitsAlways': 'Every run waits here; no rule is asked.',
  'gates.expiresMs': 'Milliseconds from its opening until it counts as rejected.',
  supervisedBy:
    'The role that decides about external effects that no gate covers, while they are supervised.',
  rollout:
    'How far it is trusted: `shadow` (it calls nobody), `supervised` (every external effect waits), `exceptions` (what rules hit waits), `autonomous`.',
} as const;

const PEOPLE = {
  id: 'Id of the person.',
  name: 'Full name. Absent: the directory has none, or it was erased.',
  email: 'Absent: the directory has none, or it was erased.',
  attributes: 'Small facts by name, that permissions may depend on: at most 16.',
  active: 'Whether anybody can act as this person.',
  'getRole.name': 'What people hold it by.',
  says: 'In a sentence, what it is for.',
  builtIn: 'Its permissions are policies of this release; otherwise they are its `grants`.',
  grants:
    'What a custom role allows: each of them, where all its conditions hold. Absent: it is built in.',
  'grants.permissions': 'Names of permissions.',
  'grants.automations': `Names of automations. ${GRANTED_ONLY}`,
  'grants.stages': `Stages of runs. ${GRANTED_ONLY}`,
  'grants.classes': `Classes of fields. ${GRANTED_ONLY}`,
  'grants.where':
    "Attributes of the workspace, by name, and the values that they may have; `own`: the person's own value. Absent: they do not matter.",
  'getWorkspace.name': 'Name of the workspace.',
  'createWorkspace.name': 'Name of the workspace. It cannot be changed.',
  'getHealth.status': 'The API answers.',
} as const;

const ENTRIES = {
  entries: 'Oldest first.',
  unreadable:
    'Entries in the place of these that are not of the form of an entry: somebody should look.',
  'entries.sha256':
    'SHA-256 (base64url) of the stored bytes, which are the canonical JSON (RFC 8785) of the entry: anybody can compute it again.',
  'entries.doubtful':
    'It is not what the function that does such a thing writes, or the decisions it speaks of are not as it says. Nobody can rely on the entry, and somebody should look.',
  'entries.entry': 'One record of the audit trail. The format is `docs/formats/entry.md`.',
  'entry.v': 'The format.',
  'entry.writer': 'The instance of a function that wrote it. With `n` it names the entry.',
  'entry.n': 'Counts the entries of the writer, from 1 without a gap.',
  'entry.time': 'Milliseconds since 1970, UTC, by the clock of the writer. Not an order.',
  'entry.bundle': 'SHA-256 (hex) of the code of the function that wrote it.',
  'entry.workspace': 'Whose data; `platform` for what belongs to no workspace.',
  'entry.client': 'Not used in this release.',
  'entry.project': 'Not used in this release.',
  'entry.case': 'Not used in this release.',
  'entry.actor': 'Who acted.',
  'actor.kind':
    '`user`: a person; `service`: a function of the platform; `link`: the holder of a link.',
  'actor.id': 'Id of the person, or name of the function.',
  'actor.for': 'On whose behalf.',
  'actor.auth': 'How they proved who they are. Absent for a function, which its role proves.',
  'actor.session': 'Of the sign-in.',
  'actor.origin': 'Where the request came from, coarsely.',
  'entry.action': 'What was done, of a closed list.',
  'entry.outcome':
    '`denied`: it was refused; `failed`: it went wrong, and may have happened in part.',
  'entry.classes': 'Classes of the data that was read or written.',
  'entry.targets': 'What it was about, beside the documents it changed.',
  'targets.kind': 'Such as `run`, `gate`, `person`.',
  'targets.id': 'A run is `<automation>.<run id>`, a gate of it `<automation>.<run id>.<gate>`.',
  'targets.rev': 'Its revision. Absent: it was not there, or has none.',
  'entry.why': 'What it was decided by.',
  'why.policies': 'Ids of the policies that allowed or refused it.',
  'why.rules': 'Rules that were asked.',
  'rules.rule': 'Name of the rule.',
  'rules.hit': 'Whether it asked for a person.',
  'rules.facts': 'What it looked at, by name.',
  'rules.says': 'A hit in words.',
  'why.decisions': 'Decisions of people that were acted on.',
  'why.rollout': 'How far the automation was trusted.',
  'why.code': 'Stable: why it was refused, repeated or set aside.',
  'why.reason': 'The same in words, or the reason that a person gave.',
  'entry.seals': 'By key id: which key opens the sealed values in the diffs.',
  'entry.reads': 'Names of the fields that were read.',
  'entry.secrets': 'Names of the secrets that were used. Never values.',
  'entry.vendors': 'Calls of vendors.',
  'vendors.vendor': 'Name of the vendor.',
  'vendors.host': 'Where the call went. Absent: it had not gone anywhere yet.',
  'vendors.status': 'HTTP status. Absent: no answer came.',
  'vendors.secret': 'Name of the secret that was used.',
  'vendors.request': 'Hash (base64url) of what was sent.',
  'vendors.response': 'Hash (base64url) of the answer.',
  'vendors.intent': 'Which intent of the step.',
  'entry.run': 'Id of the run, the last part of what requests call it.',
  'entry.step': 'Name of the step.',
  'entry.attempt': 'Which attempt of the step.',
  'entry.parent': 'The run that started this one.',
  'entry.direction': 'Whether the step was done or undone.',
  'entry.count': 'How often it happened, for what is counted instead of told one by one.',
  'entry.trace':
    'Of the request or call that it belongs to: for the API, the `x-request-id` of the answer.',
  'entry.changes': 'Documents that changed.',
  'changes.target': 'Name of the document.',
  'changes.rev': 'Its revision after the change.',
  'changes.beforeC': 'Commitment (base64url) to its bytes before; null: it was not there.',
  'changes.afterC': 'Commitment (base64url) to its bytes after; null: it was removed.',
  'changes.diff': 'Field by field.',
  'diff.field': 'Name of the field.',
  'diff.class': 'Of a sealed field.',
  'diff.subject': 'Random reference of the subject that a sealed field is about.',
  'diff.before': 'Value of a clear field before. Absent: it had none.',
  'diff.after': 'Value of a clear field after. Absent: it has none.',
  'diff.sealedBefore': 'Envelope (base64url) of a sealed field before.',
  'diff.sealedAfter': 'Envelope (base64url) of a sealed field after.',
  'diff.digestBefore': 'In the place of a long value before.',
  'diff.digestAfter': 'In the place of a long value after.',
  'digestBefore.bytes': 'How many bytes the value has.',
  'digestAfter.bytes': 'How many bytes the value has.',
  'digestBefore.sha256': 'SHA-256 (base64url) of them.',
  'digestAfter.sha256': 'SHA-256 (base64url) of them.',
} as const;

const WORDS: Readonly<Record<string, string>> = {
  ...LISTS,
  ...RUNS,
  ...GATES,
  ...AUTOMATIONS,
  ...PEOPLE,
  ...ENTRIES,
};

/** Every key, for the test that each is of use. */
export const WORD_KEYS = Object.keys(WORDS);

/** The key that a field is told by; undefined where it has no words. */
export function wordKey(operationId: string, place: readonly string[]): string | undefined {
  const all = [operationId, ...place];
  return all.map((_, i) => all.slice(i).join('.')).find((key) => Object.hasOwn(WORDS, key));
}

/** What a field means; undefined where it has no words. */
export function wordsOf(operationId: string, place: readonly string[]): string | undefined {
  const key = wordKey(operationId, place);
  return key === undefined ? undefined : WORDS[key];
}
