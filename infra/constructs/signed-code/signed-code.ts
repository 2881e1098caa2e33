import { CfnCodeSigningConfig } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { CodeSigningConfig } from '../../config/environment.ts';

export interface SignedCodeProps {
  readonly signing: CodeSigningConfig;
}

/**
 * Restricts functions to code that one of the signing profiles signed. Deploying any other code
 * fails.
 */
export class SignedCode extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { signing }: SignedCodeProps) {
    super(scope, id);
    const config = new CfnCodeSigningConfig(this, 'Config', {
      description: 'Bundles signed by our build',
      allowedPublishers: { signingProfileVersionArns: [...signing.profileVersionArns] },
      codeSigningPolicies: { untrustedArtifactOnDeployment: 'Enforce' }, // not only a warning
    });
    this.arn = config.attrCodeSigningConfigArn;
  }
}
