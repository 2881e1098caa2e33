import type { Configuration } from '../config/environment.ts';

/**
 * A company with its own key, network, permissions boundary and alarm topic, and with rules for
 * names and role paths.
 */
const ACCOUNT = '333344445555';
const REGION = 'eu-central-1';

export default {
  productionAccounts: [ACCOUNT],
  environments: [
    {
      name: 'prod',
      region: REGION,
      account: ACCOUNT,
      estate: {
        namePrefix: 'fin-automation',
        rolePath: '/example/automation/',
        dataKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
        boundaryArn: `arn:aws:iam::${ACCOUNT}:policy/example/boundary`,
      },
      egress: {
        mode: 'isolated',
        network: {
          subnetIds: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
          securityGroupIds: ['sg-0cccccccccccccccc'],
        },
      },
      alarms: { topicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:example-operations` },
      monthlyBudgetUsd: 500,
      threatDetection: 'estate',
      codeSigning: {
        profileVersionArns: [
          `arn:aws:signer:${REGION}:${ACCOUNT}:/signing-profiles/example_build/AbCdEfGhIj`,
        ],
        bucket: 'example-signed-bundles',
        prefix: 'writ/',
      },
    },
  ],
} satisfies Configuration;
