import { resourceNames } from '#functions/wiring/names.ts';
import type { Settings } from '#functions/wiring/settings.ts';
import { type Caller, onQueue, type Request, writeLogLines } from '../../iam/index.ts';
import { requestsOf, type Sent } from '../../iam/requests/sent.ts';
import type { Account } from './account.ts';

/** An environment: what its functions are told of it, and what is there. */
interface Environs {
  readonly settings: Settings;
  readonly account: Account;
}

/**
 * A call of AWS: the questions to IAM that it leads to, whoever makes it and in whichever
 * environment.
 */
type Call = (caller: Caller, environs: Environs) => Request[];

interface Made {
  readonly fn: string;
  readonly by: 'code' | 'lambda';
  readonly call: Call;
}

/** What adapters ask of a client of the SDK. */
export interface Client {
  send(command: never, ...rest: never[]): unknown;
}

/**
 * Writes down every request that the clients of a function send, before anything is made of it, and
 * what Lambda does for it.
 *
 * Of the functions' own requests nothing is taken for granted. Of Lambda it is: that it takes
 * messages, deletes them, and writes log lines, all with the function's role.
 */
export class Recorder {
  readonly #settings: Settings;
  readonly #made: Made[] = [];
  readonly #sent: (Sent & { readonly fn: string })[] = [];

  /** @param settings - Of the environment in which it all happens. */
  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The requests of the functions so far, in their order. */
  get sent(): readonly (Sent & { readonly fn: string })[] {
    return this.#sent;
  }

  /** A client of one function, every request of which is written down. */
  watch<C extends Client>(fn: string, client: C): Pick<C, 'send'> {
    const service = client.constructor.name.replace(/Client$/, '');

    const send = (command: { readonly input: object }, ...rest: never[]) => {
      this.#send(fn, {
        service,
        operation: command.constructor.name.replace(/Command$/, ''),
        input: command.input,
      });
      return client.send(command as never, ...rest);
    };

    return { send } as Pick<C, 'send'>;
  }

  /**
   * What each function would ask IAM in an environment. Wherever a request has a name of the
   * environment it was sent in, it is asked about by that of the other. Of questions that differ in
   * ids that are drawn there is one: no policy can name such an id.
   *
   * @throws where it is not known what a request asks, naming it and the function.
   */
  questions(environs: Environs): ReadonlyMap<string, readonly Request[]> {
    const { account } = environs;
    const asked = new Map<string, Map<string, Request>>();

    for (const { fn, by, call } of this.#made) {
      const ofFunction = asked.get(fn) ?? new Map<string, Request>();
      asked.set(fn, ofFunction);
      const caller = by === 'code' ? account.code(fn) : account.onBehalfOf(fn);
      for (const request of call(caller, environs))
        ofFunction.set(withoutIds(JSON.stringify(request)), request);
    }

    return new Map([...asked].map(([fn, requests]) => [fn, [...requests.values()]]));
  }

  /** Lambda invokes a function, and writes down what it says, as the function itself would. */
  invoked(fn: string): void {
    this.#add(fn, 'code', (caller, { account: { arns } }) =>
      writeLogLines(caller, arns.logStreams(fn).replace(/:\*$/, ''), 'stream'),
    );
  }

  /**
   * Lambda takes a message for a function: from its queue or, where it is given, from the dead
   * letters of another one.
   */
  received(fn: string, deadLettersOf?: string): void {
    this.#ofQueue(fn, deadLettersOf, ['ReceiveMessage', 'GetQueueAttributes']);
  }

  /** Lambda is told that a message is done with. */
  deleted(fn: string, deadLettersOf?: string): void {
    this.#ofQueue(fn, deadLettersOf, ['DeleteMessage']);
  }

  #send(fn: string, sent: Sent): void {
    this.#sent.push({ fn, ...sent });
    this.#add(fn, 'code', (caller, { settings }) => {
      const { region, account } = settings;
      const secret = (name: string) =>
        `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;
      const input = renamed(sent.input, namesIn(this.#settings), namesIn(settings)) as object;

      try {
        return requestsOf(caller, { region, account, secret }, { ...sent, input });
      } catch (cause) {
        throw new Error(`${fn} sends what nobody has thought of: ${cause}`, { cause });
      }
    });
  }

  #ofQueue(
    fn: string,
    deadLettersOf: string | undefined,
    operations: readonly Parameters<typeof onQueue>[1][],
  ): void {
    this.#add(fn, 'lambda', (caller, { account: { arns } }) => {
      const queue = deadLettersOf === undefined ? arns.queue(fn) : arns.deadLetters(deadLettersOf);
      return operations.flatMap((operation) => onQueue(caller, operation, queue));
    });
  }

  #add(fn: string, by: Made['by'], call: Call): void {
    this.#made.push({ fn, by, call });
  }
}

/**
 * Leaves ids out that are drawn, or are as good as drawn: those of runs, subjects, and instances of
 * functions.
 */
export const withoutIds = (text: string) => text.replace(/\b[a-z0-9]{26}\b/g, '…');

/** What the adapters make the names in their requests of. */
function namesIn(settings: Settings): readonly string[] {
  const { prefix, dataKey } = settings;
  const beginningOfUrls = resourceNames(prefix).queueUrl('', settings);
  return [dataKey, beginningOfUrls, prefix];
}

function renamed(value: unknown, from: readonly string[], to: readonly string[]): unknown {
  const rename = (text: string) =>
    from.reduce((before, name, i) => before.replaceAll(name, to[i]!), text);
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map((inner) => renamed(inner, from, to));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;

  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [rename(key), renamed(inner, from, to)]),
  );
}
