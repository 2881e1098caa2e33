import { RegionInfo } from 'aws-cdk-lib/region-info';
import * as z from 'zod';
import { NAME } from '#shared/kernel/index.ts';
import type { Configuration, EnvironmentConfig, LogRetentionDays } from './environment.ts';
import { ConfigurationError } from './errors.ts';

/**
 * Schemas of the configuration file. Unknown settings are refused: if a name were misspelled, the
 * default of the intended setting would apply, which may be weaker. TypeScript reports unknown
 * settings in an editor, but `npm run synth` strips types without checking them.
 */

const text = z.string().regex(/^\S+$/, 'a text without spaces');
const account = z.string().regex(/^\d{12}$/, 'an account number has 12 digits');
const workspace = z
  .string()
  .regex(NAME, 'a workspace is a lower-case letter, then at most 31 of a-z, 0-9, -');
const path = z
  .string()
  .regex(/^\/(?:[\w.,+@=-]+\/)*$/, 'a path begins and ends with "/" and holds no wildcard');
const prefix = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,15}$/,
    'a name prefix is a lower-case letter, then at most 15 of a-z, 0-9, -',
  );
const rolePattern = z
  .string()
  .regex(/^[\w+=,.@-]{3}[\w+=,.@*?-]*$/, 'a pattern over roles begins with at least three letters');
const https = z.string().regex(/^https:\/\/\S+$/, 'an issuer begins with "https://"');
const subject = z
  .string()
  .regex(/^[!-~]{1,255}$/, 'a subject has 1 to 255 printable characters and no space');
const host = z
  .string()
  .regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'a name looks like "writ.example.com"');
const region = z
  .string()
  .refine(
    (name) => RegionInfo.regions.some((known) => known.name === name),
    'no such region of AWS',
  );
const whole = (least: number, most: number) => z.int().min(least).max(most);

/**
 * Matches ARNs of one kind of AWS resource.
 *
 * @param service - Service prefix of the ARN. @param resource - Prefix of the resource part.
 * @param rest - Pattern of the remainder.
 */
const arn = (service: string, resource: string, rest = '') =>
  z
    .string()
    .regex(
      new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:${resource}${rest}`),
      `an ARN here begins like "arn:aws:${service}:…:${resource}"`,
    );
const kmsKey = arn('kms', 'key/', '[\\w-]+$');

const retention: readonly LogRetentionDays[] = [7, 14, 30, 60, 90, 180, 365, 731, 1827];

const environment = z.strictObject({
  name: z.enum(['dev', 'staging', 'prod']),
  region,
  account: account.optional(),
  cell: workspace.optional(),
  logRetentionDays: z.literal(retention).optional(),
  keyRecoveryDays: whole(1, 35).optional(),
  deletionProtection: z.boolean().optional(),
  egress: z
    .discriminatedUnion('mode', [
      z.strictObject({ mode: z.literal('open'), reason: z.string().optional() }),
      z.strictObject({
        mode: z.literal('isolated'),
        zones: z.literal([2, 3]).optional(),
        network: z
          .strictObject({
            subnetIds: z
              .array(text)
              .min(2)
              .refine((ids) => new Set(ids).size === ids.length, 'each subnet once')
              .readonly(),
            securityGroupIds: z.array(text).min(1).readonly(),
          })
          .optional(),
      }),
    ])
    .optional(),
  archive: z
    .strictObject({
      lock: z.enum(['compliance', 'governance']),
      days: whole(1, 36_500),
      account: account.optional(),
    })
    .partial()
    .optional(),
  alarms: z
    .strictObject({
      emails: z.array(z.email()).readonly().optional(),
      topicArn: arn('sns', '').optional(),
    })
    .optional(),
  monthlyBudgetUsd: z.number().positive().optional(),
  api: z
    .strictObject({
      issuer: https,
      audience: z.array(text).min(1).readonly(),
      firstAdmin: subject.optional(),
      throttle: z.strictObject({ rate: z.number().positive(), burst: whole(1, 10_000) }).optional(),
      domain: z
        .strictObject({
          name: host,
          certificateArn: arn('acm', 'certificate/'),
          originName: host,
          originCertificateArn: arn('acm', 'certificate/'),
        })
        .optional(),
    })
    .optional(),
  codeSigning: z
    .strictObject({
      profileVersionArns: z
        .tuple([arn('signer', '/signing-profiles/')], arn('signer', '/signing-profiles/'))
        .readonly(),
      bucket: z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket has 3 to 63 of a-z, 0-9, ".", "-"'),
      prefix: z.string().optional(),
    })
    .optional(),
  threatDetection: z.enum(['ours', 'estate', 'none']).optional(),
  estate: z
    .strictObject({
      namePrefix: prefix,
      rolePath: path,
      dataKeyArn: kmsKey,
      boundaryArn: arn('iam', 'policy/'),
      deployRoles: rolePattern,
    })
    .partial()
    .optional(),
}) satisfies z.ZodType<EnvironmentConfig>;

const configuration = z.strictObject({
  productionAccounts: z.array(account).readonly().optional(),
  environments: z.array(environment).min(1).readonly(),
}) satisfies z.ZodType<Configuration>;

/**
 * Parses the content of a configuration file.
 *
 * @throws {@link ConfigurationError} listing every setting that is unknown or malformed.
 */
export function configurationOf(content: unknown): Configuration {
  const read = configuration.safeParse(content);
  if (read.success) return read.data;
  throw new ConfigurationError(
    read.error.issues.map(
      ({ path, message }) => `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`,
    ),
  );
}
