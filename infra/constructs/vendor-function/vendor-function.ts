import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Vendor } from '#shared/vendors/index.ts';
import { arnsOf, type Place } from '../../arns.ts';
import { authorityOfVendor } from '../../authority.ts';
import { type EnvironmentConfig, namesOf } from '../../config.ts';
import { GovernedFunction } from '../governed-function/governed-function.ts';

export interface VendorFunctionProps {
  readonly environment: EnvironmentConfig;
  readonly place: Omit<Place, 'secret'>;
  readonly vendor: Vendor;
  /** The bundle; exports `handler` from `index`. */
  readonly code: Code;
}

/**
 * The one way to an outside service: a function that alone holds its secret. Steps call it by their own declaration.
 *
 * The secret is created with a value drawn at random, which the vendor refuses; an operator puts the real one in its place.
 */
export class VendorFunction extends Construct {
  constructor(scope: Construct, id: string, { environment, place, vendor, code }: VendorFunctionProps) {
    super(scope, id);
    const name = `vendor.${vendor.name}`;
    const secret = new Secret(this, 'Secret', {
      secretName: namesOf(environment).secret(name, vendor.secret),
      description: `Authenticates us to ${vendor.name}`,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const arns = arnsOf(environment, { ...place, secret: () => secret.secretArn });
    secret.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['*'], // of a secret's policy: the secret it is on
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': arns.role(name, false) } },
      }),
    );
    const timeout = Duration.seconds(Math.ceil(vendor.timeoutMs / 1_000) + 1); // what is left is for reading the secret
    new GovernedFunction(this, 'Function', { environment, arns, authority: authorityOfVendor(vendor, arns), code, timeout });
  }
}
