import type { Configuration, EnvironmentConfig } from '../config/environment.ts';

/**
 * A company with separate accounts for development, staging, production and the archive. Production
 * runs in two regions, and one client, `acme`, has its own cell.
 */
const DEVELOPMENT = '111122223333';
const STAGING = '222233334444';
const PRODUCTION = '333344445555';
const ARCHIVE = '444455556666';

const production = (region: string) =>
  ({
    name: 'prod',
    region,
    account: PRODUCTION,
    archive: { account: ARCHIVE },
    alarms: { emails: ['operations@example.com'] },
    monthlyBudgetUsd: 900,
    codeSigning: {
      profileVersionArns: [
        `arn:aws:signer:${region}:555566667777:/signing-profiles/writ_${region.replaceAll('-', '_')}/AbCdEfGhIj`,
      ],
      bucket: `example-signed-bundles-${region}`,
    },
  }) satisfies EnvironmentConfig;

export default {
  environments: [
    { name: 'dev', region: 'eu-central-1', account: DEVELOPMENT },
    {
      name: 'staging',
      region: 'eu-central-1',
      account: STAGING,
      alarms: { emails: ['operations@example.com'] },
    },
    production('eu-central-1'),
    { ...production('eu-west-1'), egress: { mode: 'isolated', zones: 3 } },
    { ...production('eu-central-1'), cell: 'acme', threatDetection: 'estate' },
  ],
} satisfies Configuration;
