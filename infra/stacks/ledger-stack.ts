import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../config/environment.ts';
import { KeyTable } from '../constructs/key-table/key-table.ts';
import { StateTable } from '../constructs/state-table/state-table.ts';
import { WriteOnceTrail } from '../constructs/write-once-trail/write-once-trail.ts';
import { arnsIn, stackProps } from './stack-props.ts';

/** The tables of state, trail and keys of an environment. */
export class LedgerStack extends Stack {
  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id, stackProps(environment, 'state, trail and keys'));
    const arns = arnsIn(this, environment);
    new StateTable(this, 'State', { environment, arns });
    new WriteOnceTrail(this, 'Trail', { environment, arns });
    new KeyTable(this, 'Keys', { environment, arns });
  }
}
