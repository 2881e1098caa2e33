import { Construct } from 'constructs';
import { namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { manualActions } from './by-hand.ts';
import { combined, measuresOf, systemErrors, TABLES, throttled } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

/**
 * Alarms of the ledger. They cover documents in an index to which our code never adds them,
 * unreadable documents, which our code never writes, and throttled and failed requests of each
 * table. Throttled and failed requests raise an alarm only after 15 consecutive minutes, because
 * commits are retried.
 *
 * Attempts to change an entry of the trail do not raise an alarm, because DynamoDB counts denied
 * requests only for the whole account. The trail's stream would show a successful change.
 */
export class TableAlarms extends Construct {
  constructor(scope: Construct, id: string, onCall: OnCall) {
    super(scope, id);

    const { environment } = onCall;
    const names = namesOf(environment);

    new OnCallAlarm(this, 'IndexMismatches', {
      ...onCall,
      name: alarmNames.indexMismatches,
      metric: measuresOf(environment).own('IndexMismatches'),
      happened:
        "An index held an item that does not belong there: a document under another automation's or workspace's name, or an entry under a run that it is not of. It was skipped. Functions set such names when they insert, and ours set their own.",
      first: `treat it as hostile code in a step: search the log groups that begin with ${names.logGroup('')} for lines that hold "IndexMismatches". If "function" in such a line is trail, query index run of table ${names.table('trail')}, where a key begins with the function that wrote it; if not, indexes sweep, due and list of table ${names.table('state')}, where a key says whose it is. Stop the functions of that automation: ${manualActions.stop}.`,
    });

    new OnCallAlarm(this, 'DocumentsUnreadable', {
      ...onCall,
      name: alarmNames.documentsUnreadable,
      metric: measuresOf(environment).own('DocumentsUnreadable'),
      happened:
        'A document, or an entry of a run, could not be read: it does not match its schema. It was skipped and hides no other, but people do not see it, and neither sweeper nor timers handle it.',
      first: `search the log groups that begin with ${names.logGroup('')} for lines that hold "DocumentsUnreadable": "function" in such a line says where. If it began when an older revision was deployed, deploy the newer one: older code does not know newer forms. If not, treat it as hostile code in a step, and stop the functions of the automation whose runs are shown incompletely: ${manualActions.stop}.`,
    });

    for (const table of TABLES) {
      new OnCallAlarm(this, `Throttled-${table}`, {
        ...onCall,
        name: alarmNames.throttled(table),
        metric: combined('SUM', throttled(environment, table), 'Refused requests'),
        periods: 3,
        happened: `DynamoDB throttled requests to table ${names.table(table)} for 15 minutes: they exceed the capacity of a partition or of the account. They are repeated; a step that needs them waits.`,
        first: `see on dashboard ${names.prefix} whether the consumed units rose too. If they did, find which automation under "What comes in" and, for its busiest function, ${manualActions.takeLess}; if not, one key is hot, most likely that of a single run.`,
      });
      new OnCallAlarm(this, `SystemErrors-${table}`, {
        ...onCall,
        name: alarmNames.systemErrors(table),
        metric: combined('SUM', systemErrors(environment, table), 'Internal errors'),
        periods: 3,
        happened: `DynamoDB answered requests to table ${names.table(table)} with internal errors for 15 minutes. A commit is atomic, and is repeated.`,
        first: `read the AWS Health Dashboard for DynamoDB in ${environment.region}. If AWS reports nothing, open a support case; if it goes on, expect parked runs.`,
      });
    }
  }
}
