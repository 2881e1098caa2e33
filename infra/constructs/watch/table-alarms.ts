import { Construct } from 'constructs';
import { namesOf } from '../../names.ts';
import { alarmNames } from './alarm-names.ts';
import { byHand } from './by-hand.ts';
import { combined, measuresOf, systemErrors, TABLES, throttled } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

/**
 * An alarm on documents that stand in an index under another automation's name, which no code of ours puts there; and the two
 * alarms of each table: DynamoDB refuses requests, or fails at them. Both for 15 minutes in a row, because a commit is
 * retried and survives a short one.
 *
 * There is none on attempts to change an entry of the trail: DynamoDB counts refused requests for the whole account only. A
 * change that did happen shows in the trail's stream.
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
        "A document stood in an index of table state under another automation's name. It was passed over. Functions set such names when they insert a document, and ours set their own.",
      first: `treat it as hostile code in a step: query index sweep or due of table ${names.table('state')} for it; the beginning of its key says whose it is. Stop the functions of that automation: ${byHand.stop}.`,
    });
    for (const table of TABLES) {
      new OnCallAlarm(this, `Throttled-${table}`, {
        ...onCall,
        name: alarmNames.throttled(table),
        metric: combined('SUM', throttled(environment, table), 'Refused requests'),
        periods: 3,
        happened: `DynamoDB refused requests to table ${names.table(table)} again and again for 15 minutes: more came in than a partition or the account may take. They are tried again; a step that needs them waits.`,
        first: `see on dashboard ${names.prefix} whether the consumed units rose too. If they did, find which automation under "What comes in" and, for its busiest function, ${byHand.takeLess}; if not, one key is hot, most likely that of a single run.`,
      });
      new OnCallAlarm(this, `SystemErrors-${table}`, {
        ...onCall,
        name: alarmNames.systemErrors(table),
        metric: combined('SUM', systemErrors(environment, table), 'Internal errors'),
        periods: 3,
        happened: `DynamoDB answered requests to table ${names.table(table)} with internal errors for 15 minutes. A commit happens whole or not at all, and is tried again.`,
        first: `read the AWS Health Dashboard for DynamoDB in ${environment.region}. If AWS reports nothing, open a support case; if it goes on, expect parked runs.`,
      });
    }
  }
}
