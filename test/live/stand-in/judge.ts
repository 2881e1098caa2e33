import { evaluate, type PolicyDocument } from '../../iam/index.ts';
import type { Clients } from '../clients.ts';
import type { Ground } from '../guards.ts';
import { arnsIn, questionsOf } from './questions.ts';

interface Role {
  readonly arn: string;
  readonly boundary: string | undefined;
  identity: PolicyDocument[];
}

// biome-ignore lint/suspicious/noExplicitAny: inputs of commands, read as they were sent
type Input = any;
type Handler = (args: { input: object }) => Promise<{ output: unknown }>;

/**
 * IAM before a stand-in that has none: it learns roles and policies from the requests that make
 * them, and then decides about each call with the evaluator of `test/iam`, before the stand-in sees
 * it.
 */
export class Judge {
  /**
   * What was denied, and by which policy: `administrator PutItemCommand: resourcePolicy
   * NobodyChangesEntries`.
   */
  readonly denials: string[] = [];
  readonly #ground: Ground;
  readonly #roles = new Map<string, Role>();
  readonly #boundaries = new Map<string, PolicyDocument>();
  readonly #ofResources = new Map<string, PolicyDocument>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /**
   * Watches what the operator makes. Nothing is denied to them: they are no part of the question.
   */
  watch(clients: Clients): void {
    this.#before(clients, async (command, input, next) => {
      const answer = isKeptBack(command, input) ? { output: {} } : await next();
      this.#learn(command, input);
      return answer;
    });
  }

  /** Decides about every call of these clients, which are a role's. */
  guard(clients: Clients, fn: string, roleName: string): void {
    this.#before(clients, (command, input, next) => {
      const denied = this.#denial(roleName, command, input);
      if (denied === undefined) return next();
      this.denials.push(`${fn} ${command}: ${denied}`);
      throw Object.assign(new Error(denied), {
        name: 'AccessDeniedException',
        $metadata: { httpStatusCode: 400 },
      });
    });
  }

  #before(
    clients: Clients,
    act: (command: string, input: Input, next: () => ReturnType<Handler>) => ReturnType<Handler>,
  ): void {
    for (const client of Object.values(clients) as {
      middlewareStack: { add(middleware: unknown, options: object): void };
    }[]) {
      const middleware =
        (next: Handler, { commandName }: { commandName: string }) =>
        (args: { input: object }) =>
          act(commandName, args.input, () => next(args));

      client.middlewareStack.add(middleware, {
        step: 'initialize',
        name: 'judge',
        priority: 'high',
      });
    }
  }

  #denial(roleName: string, command: string, input: object): string | undefined {
    const role = this.#roles.get(roleName);
    if (role === undefined) throw new Error(`no role ${roleName} was made`);
    const boundary = role.boundary === undefined ? undefined : this.#boundaries.get(role.boundary);
    if (role.boundary !== undefined && boundary === undefined)
      throw new Error(`no boundary ${role.boundary} was made`);

    const caller = { role: role.arn, region: this.#ground.region };
    const requests = questionsOf(command, input, caller, this.#ground);
    if (requests.length === 0) throw new Error(`${command} asks nothing of IAM`);

    for (const request of requests) {
      const resourcePolicy = this.#policyOf(request.resource);
      const { identity } = role;
      const decided = evaluate(request, {
        identity,
        ...(boundary && { boundary }),
        ...(resourcePolicy && { resourcePolicy }),
      });
      if (decided.decision === 'denied')
        return `${request.action} ${decided.layer} ${'sid' in decided ? decided.sid : 'allows it nowhere'}`;
    }

    return undefined;
  }

  /** An index and an object have the policy of their table and their bucket. */
  #policyOf(arn: string): PolicyDocument | undefined {
    return (
      this.#ofResources.get(arn) ??
      this.#ofResources.get(arn.replace(/(table\/[^/]+|:::[^/]+)\/.*$/, '$1'))
    );
  }

  #learn(command: string, input: Input): void {
    const { account } = this.#ground;
    const { queue } = arnsIn(this.#ground);
    const policy = (text: string) => JSON.parse(text) as PolicyDocument;

    switch (command) {
      case 'CreatePolicyCommand':
        this.#boundaries.set(
          `arn:aws:iam::${account}:policy${input.Path}${input.PolicyName}`,
          policy(input.PolicyDocument),
        );
        break;
      case 'CreateRoleCommand': {
        const arn = `arn:aws:iam::${account}:role${input.Path}${input.RoleName}`;
        this.#roles.set(input.RoleName, { arn, boundary: input.PermissionsBoundary, identity: [] });
        break;
      }
      case 'PutRolePolicyCommand':
        this.#roles.get(input.RoleName)?.identity.push(policy(input.PolicyDocument));
        break;
      case 'PutResourcePolicyCommand':
        this.#ofResources.set(
          input.ResourceArn ?? input.SecretId,
          policy(input.Policy ?? input.ResourcePolicy),
        );
        break;
      case 'PutKeyPolicyCommand':
        this.#ofResources.set(input.KeyId, policy(input.Policy));
        break;
      case 'PutBucketPolicyCommand':
        this.#ofResources.set(`arn:aws:s3:::${input.Bucket}`, policy(input.Policy));
        break;
      case 'SetQueueAttributesCommand':
        this.#ofResources.set(queue(input.QueueUrl), policy(input.Attributes.Policy));
        break;
    }
  }
}

/**
 * Policies that no stand-in is to see: the front has none for tables, and moto obeys those of
 * buckets without their conditions.
 */
function isKeptBack(command: string, input: object): boolean {
  return (
    command === 'PutBucketPolicyCommand' ||
    (command === 'PutResourcePolicyCommand' && 'ResourceArn' in input)
  );
}
