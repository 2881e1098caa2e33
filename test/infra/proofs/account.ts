import { authoritiesOfApi } from '#infra/authority/api-authority.ts';
import {
  authoritiesOf,
  authorityOfVendor,
  type FunctionAuthority,
} from '#infra/authority/authority.ts';
import type { Statement } from '#infra/authority/statements.ts';
import type { Environment } from '#infra/config/environment.ts';
import type { Declared } from '#infra/declarations/declared.ts';
import {
  type Caller,
  type Decision,
  evaluate,
  type PolicyDocument,
  type Request,
} from '../../iam/index.ts';
import { EVERYTHING } from '../everything.ts';
import { arnsOfSynthesized, list, type Resource, synthesize, withApi } from '../template.ts';

/** What the proofs speak of. */
export const { automations: AUTOMATIONS, vendors: VENDORS } = EVERYTHING;

/** An AWS account as an environment's templates make it: who is there, and what IAM answers. */
export interface Account {
  readonly arns: ReturnType<typeof arnsOfSynthesized>;
  readonly functions: readonly FunctionAuthority[];
  /** ARNs of every role of the templates, of functions and of whatever else. */
  readonly roles: readonly string[];
  /** Code of a function, making calls. */
  code(fn: string): Caller;
  /** Lambda itself, acting with the role of a function. */
  onBehalfOf(fn: string): Caller;
  /**
   * What IAM answers to a call of one of the roles: every question it leads to has to be allowed.
   */
  ask(requests: readonly Request[]): Decision;
  /**
   * What IAM would answer if the role had these statements instead: what one of its own is for
   * shows when it is left out.
   */
  askWith(statements: readonly Statement[], requests: readonly Request[]): Decision;
  /** The statements that the role of a function holds in the templates. */
  statementsOf(fn: string): readonly Statement[];
  /** The policy of a resource, as the templates have it. */
  policyOf(arn: string): PolicyDocument;
  /**
   * What IAM answers somebody with these policies of their own and no boundary, such as an
   * administrator.
   */
  askAs(identity: PolicyDocument, requests: readonly Request[]): Decision;
}

/**
 * @param foreignBoundary - What the estate's own boundary allows, where the environment has one.
 * @param deployed - What is deployed there.
 */
export function accountOf(
  environment: Environment,
  foreignBoundary?: PolicyDocument,
  deployed: Declared = EVERYTHING,
): Account {
  const { automations, vendors } = deployed;
  const inhabited = withApi(environment);
  const { templates } = synthesize({ ...EVERYTHING, automations, vendors }, inhabited);
  const resources = [...templates.values()].flatMap((template) => [...template.values()]);
  const ofType = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const arns = arnsOfSynthesized(environment);
  const functions = [
    ...automations.flatMap((flow) => authoritiesOf(flow, arns)),
    ...vendors.map((vendor) => authorityOfVendor(vendor, arns)),
    ...authoritiesOfApi({ automations, arns, cdn: inhabited.api?.domain !== undefined }),
  ];

  const roles = new Map(
    ofType('AWS::IAM::Role').map((role) => [
      `arn:aws:iam::${arns.account}:role${role.Path}${role.RoleName}`,
      role,
    ]),
  );

  const [managed] = ofType('AWS::IAM::ManagedPolicy');
  const boundary = (foreignBoundary ?? managed?.PolicyDocument) as PolicyDocument;
  const ofResources = resourcePolicies(resources, arns.account);
  const named = (fn: string) =>
    functions.find(({ name }) => name === fn) ?? fail(`no function ${fn}`);

  const decide = (
    identity: readonly PolicyDocument[],
    limit: PolicyDocument | undefined,
    requests: readonly Request[],
  ): Decision => {
    const decisions = requests.map((request) => {
      const resourcePolicy = ofResources(request.resource);
      return evaluate(request, {
        identity,
        boundary: limit,
        resourcePolicy,
      });
    });
    return (
      decisions.find(({ decision }) => decision === 'denied') ??
      decisions[0] ??
      fail('no question was asked')
    );
  };

  return {
    arns,
    functions,
    roles: [...roles.keys()],
    code: (fn) => ({
      role: arns.role(fn, named(fn).writer),
      region: environment.region,
      function: arns.function(fn),
    }),
    onBehalfOf: (fn) => ({ role: arns.role(fn, named(fn).writer), region: environment.region }),
    ask: (requests) => {
      const role =
        roles.get(requests[0]?.principal ?? '') ?? fail(`no role ${requests[0]?.principal}`);
      return decide(
        (role.Policies as { PolicyDocument: PolicyDocument }[]).map(
          ({ PolicyDocument }) => PolicyDocument,
        ),
        boundary,
        requests,
      );
    },
    askWith: (Statement, requests) =>
      decide([{ Version: '2012-10-17', Statement }], boundary, requests),
    statementsOf: (fn) =>
      roles.get(arns.role(fn, named(fn).writer))?.Policies[0].PolicyDocument.Statement ??
      fail(`no role of ${fn}`),
    policyOf: (arn) => ofResources(arn) ?? fail(`no policy of ${arn}`),
    askAs: (identity, requests) => decide([identity], undefined, requests),
  };
}

/**
 * Finds the policy of a resource by the ARN that a request names: of an item's table, an object's
 * bucket.
 */
function resourcePolicies(
  resources: readonly Resource[],
  account: string,
): (arn: string) => PolicyDocument | undefined {
  const policies = new Map<string, PolicyDocument>();
  for (const { Type, Properties } of resources) {
    if (
      Type === 'AWS::DynamoDB::GlobalTable' &&
      Properties.Replicas[0].ResourcePolicy !== undefined
    )
      policies.set(
        `arn:aws:dynamodb:${Properties.Replicas[0].Region}:${account}:table/${Properties.TableName}`,
        Properties.Replicas[0].ResourcePolicy.PolicyDocument,
      );

    if (Type === 'AWS::KMS::Key') policies.set('key/the-data-key', Properties.KeyPolicy);

    if (Type === 'AWS::SecretsManager::ResourcePolicy')
      policies.set(Properties.SecretId, Properties.ResourcePolicy);

    if (Type === 'AWS::S3::BucketPolicy')
      policies.set(`arn:aws:s3:::${Properties.Bucket}`, Properties.PolicyDocument);

    if (Type === 'AWS::SQS::QueuePolicy')
      for (const url of list<string>(Properties.Queues)) {
        const [, , host = '', owner, name] = url.split('/');
        policies.set(
          `arn:aws:sqs:${host.split('.')[1]}:${owner}:${name}`,
          Properties.PolicyDocument,
        );
      }
  }

  return (arn) =>
    policies.get(arn) ??
    policies.get(arn.split('/index/')[0] ?? '') ??
    policies.get(arn.split('/')[0] ?? '') ??
    policies.get(arn.split(':').at(-1) ?? '');
}

function fail(message: string): never {
  throw new Error(message);
}
