import { join } from 'node:path';
import type { BuiltFunction } from '#infra/build/built-function.ts';
import type { FunctionName } from '#infra/naming/names.ts';
import { FakeLambda, running } from '../support/aws/fakes/lambda.ts';
import { type Endpoints, known, type TestEnvironment } from './environment.ts';
import { DeployedFunction } from './worker.ts';

export interface FunctionsOptions {
  /** Where the bundles are. */
  readonly bundles: string;
  readonly built: readonly BuiltFunction[];
  /**
   * What a function is to have instead of the world outside: text of a module, by the function's
   * name.
   */
  readonly outside: Readonly<Record<FunctionName, string>>;
}

/** How an instance differs from the one that a deployment makes. */
export interface Deviation {
  /** Variables that the deployment forgot. */
  readonly without?: readonly string[];
  /** See `Deploying`. */
  readonly before?: string;
}

/** The functions of an environment, and Lambda's Invoke, by which they call each other. */
export class Functions {
  readonly lambda: FakeLambda;
  /** Every instance there ever was. */
  readonly instances: DeployedFunction[] = [];
  readonly #environment: TestEnvironment;
  readonly #options: FunctionsOptions;
  readonly #folders: ReadonlyMap<FunctionName, string>;
  readonly #deployed = new Map<FunctionName, DeployedFunction>();
  #endpoints: Endpoints | undefined;

  constructor(environment: TestEnvironment, options: FunctionsOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#folders = new Map(
      options.built.map(({ name, folder }) => [name, join(options.bundles, folder)]),
    );

    const invoke = (fn: FunctionName) => (event: never) => this.of(fn).invoke(event);
    const { names, authorities } = environment;

    this.lambda = new FakeLambda(
      running(new Map([...authorities.keys()].map((fn) => [names.function(fn), invoke(fn)]))),
    );
  }

  /** Deploys every function that is deployed. @param services - Where the other services are. */
  async open(services: Omit<Endpoints, 'lambda'>): Promise<void> {
    await this.lambda.open();
    this.#endpoints = { ...services, lambda: this.lambda.clientConfig.endpoint };
    for (const fn of this.#environment.authorities.keys()) this.deploy(fn);
  }

  folderOf(fn: FunctionName): string {
    return known(this.#folders, fn);
  }

  /** The deployed instance of a function. */
  of(fn: FunctionName): DeployedFunction {
    return known(this.#deployed, fn);
  }

  /** Deploys a function anew: what is called from now on is another instance. */
  deploy(fn: FunctionName, deviation: Deviation = {}): void {
    this.#deployed.set(fn, this.start(fn, deviation));
  }

  /** Starts one more instance beside the deployed one. */
  start(
    fn: FunctionName,
    { without = [], before = this.#options.outside[fn] }: Deviation = {},
  ): DeployedFunction {
    const env = Object.fromEntries(
      Object.entries(this.variablesOf(fn)).filter(([name]) => !without.includes(name)),
    );
    const started = new DeployedFunction({
      folder: this.folderOf(fn),
      env,
      ...(before === undefined ? {} : { before }),
    });

    this.instances.push(started);

    return started;
  }

  /** See {@link TestEnvironment}. */
  variablesOf(fn: FunctionName): Record<string, string> {
    if (this.#endpoints === undefined) throw new Error('the functions are not deployed yet');
    return this.#environment.variablesOf(fn, this.#endpoints);
  }

  /** Ends every instance. All that they wrote has been read then. */
  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
    this.lambda.close();
  }
}
