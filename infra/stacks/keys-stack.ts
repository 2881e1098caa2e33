import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../config/environment.ts';
import { DataKey } from '../constructs/data-key/data-key.ts';
import { keepImportedIds } from '../constructs/parameters.ts';
import { RoleBoundary } from '../constructs/role-boundary/role-boundary.ts';
import { SignedCode } from '../constructs/signed-code/signed-code.ts';
import { arnsIn, stackProps } from './stack-props.ts';

/**
 * Prerequisites of all other stacks: the data key, the boundary of roles, and the code signing
 * configuration.
 */
export class KeysStack extends Stack {
  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id, stackProps(environment, 'data key, boundary of roles, code signing'));

    const arns = arnsIn(this, environment);
    const { codeSigning, estate } = environment;

    keepImportedIds(
      this,
      environment,
      'data-key-arn',
      estate.dataKeyArn ?? new DataKey(this, 'DataKey', { environment, arns }).arn,
    );

    if (estate.boundaryArn === undefined) new RoleBoundary(this, 'Boundary', { environment, arns });

    if (codeSigning === undefined) return;

    keepImportedIds(
      this,
      environment,
      'code-signing-config-arn',
      new SignedCode(this, 'SignedCode', { signing: codeSigning }).arn,
    );
  }
}
