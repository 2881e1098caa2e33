import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

/** A request as a test writes it down. */
export interface Asked {
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object;
}

/** An answer, whole. */
export interface Answered {
  readonly status: number;
  /** By name in lower case; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json<Body = Record<string, unknown>>(): Body;
}

/** Connections are kept between requests, as clients do. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends a request to a path as it is written: nothing is normalised or encoded. */
export function ask(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: Asked = {},
): Promise<Answered> {
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
  const sent =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array
      ? body
      : JSON.stringify(body);

  const { hostname, port } = new URL(url);

  return new Promise((resolve, reject) => {
    const all = { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers };

    const request = httpRequest(
      { hostname, port, path, method, agent, headers: all as Record<string, string | string[]> },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);

        response.on('end', () => {
          const text = Buffer.concat(parts).toString();

          const got = Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [
              name,
              [value].flat().join(','),
            ]),
          );

          resolve({
            status: response.statusCode ?? 0,
            headers: got,
            text,
            json: () => JSON.parse(text),
          });
        });
      },
    );

    request.on('error', reject);
    request.end(sent);
  });
}

/** Reads an answer from the bytes of a connection, as {@link askRaw} gives them. */
export function answeredOf(raw: string): Answered {
  const at = raw.indexOf('\r\n\r\n');
  const [first = '', ...lines] = raw.slice(0, at === -1 ? undefined : at).split('\r\n');

  const headers = lines.map(
    (line) =>
      [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ] as const,
  );

  const text = Buffer.from(raw.slice(at + 4), 'latin1').toString();
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0);

  return { status, headers: Object.fromEntries(headers), text, json: () => JSON.parse(text) };
}

/** Sends bytes as they are. @returns all that comes back until the connection ends. */
export function askRaw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';

    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => {}); // who is refused may be cut off
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}
