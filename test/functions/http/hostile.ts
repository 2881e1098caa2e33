import type { Route } from '#functions/framework/http/route.ts';
import { sampleInvoice } from '../../support/http.ts';
import type { Dice } from '../../support/seeded-dice.ts';

/** What is really there, for requests that are hostile in one place only. */
export interface World {
  readonly routes: readonly Route[];
  readonly runs: readonly string[];
  readonly gates: readonly string[];
  /** What the gates show, as a decision repeats it. */
  readonly seen: readonly string[];
  readonly good: readonly { readonly person: string; readonly token: string }[];
  readonly bad: readonly string[];
}

export interface Hostile {
  /** The route it aims at; undefined: at none. */
  readonly route: Route | undefined;
  /** Whose good token it carries, as the only one. */
  readonly person: string | undefined;
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
}

/** Texts that have broken something somewhere. */
const TEXTS = [
  '', ' ', '.', '..', '../../etc/passwd', '%00', '\u0000', '%2e%2e%2f', '%ff', '%', '%zz', 'a'.repeat(300), 'a'.repeat(4_000), '#', '?', '&', ';', '*',
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'true', '-1', '0', '1e9', '999999999999999999999', 'NaN', '0x10',
  "' OR 1=1 --", '"; DROP TABLE documents; --', '#{7*7}', '{{7*7}}', '<script>alert(1)</script>', '$(id)', '`id`', '=1+1', '@SUM(A1)',
  'Role::"Admin"', 'acme', 'globex', 'people', 'platform', 'acme.invoice-approval', 'acme.invoice-approval.', 'acme.invoice-approval.x.approve-payment',
  'acme#invoice-approval', 'run#invoice-approval#acme#x', 'é', '\u202e', '\u2028', '\ud83d\ude00', 'ﷺ', 'İ', 'ß', '\r\nx-injected: 1', '\n', '\t', '\u001b[2J', '1.5', ',', '[]', '{}',
] as const; // biome-ignore format: a list

const JSONS = [
  '', '{', '}', '[]', '[[]]', 'null', 'true', '1', '"a"', '{}', '{"a":1,"a":2}', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{}}}',
  '{"name":"x"}', '{"name":null}', '{"name":{}}', '{"name":["acme"]}', '{"name":"people"}', '{"name":"Acme"}', '{"name":"ok-name","attributes":{"__proto__":"x"}}',
  '{"name":"ok-name","attributes":{"tier":1}}', '{"name":"ok-name","more":1}', '{"outcome":"approved"}', '{"outcome":"maybe","reason":"r","seen":"s"}',
  '{"outcome":"approved","reason":"","seen":"s"}', '{"outcome":"approved","reason":"\\ud800","seen":"s"}', '{"outcome":"approved","reason":"\\u0000","seen":"s"}',
  '{"outcome":"approved","reason":1e400,"seen":"s"}', '{"a":1e999}', '{"a":-0}', "{'a':1}", '{"a":NaN}', '{"a":undefined}', '\ufeff{}', '{"a":"\u0000"}', '{"a":1}{"b":2}',
] as const; // biome-ignore format: a list

const XMLS = [
  '', '<', '<a>', '<a/>', '<?xml version="1.0"?>', '<a xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
  '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;&y;&y;&y;">]><a>&z;</a>',
  '<a b="1" b="2"/>', '<a>&#0;</a>', '<a>&#x110000;</a>', '<a>]]></a>', '<a><![CDATA[x', '<a:b/>', '<?a?><?b', '<!-- -- --><a/>',
  '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>',
] as const; // biome-ignore format: a list

const TYPES = [
  'application/json', 'application/json; charset=utf-8', 'application/json; charset=utf-16', 'application/xml', 'text/xml', 'text/plain', 'application/octet-stream',
  'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', '', 'a/b/c', ';', 'application/json, text/xml', 'APPLICATION/JSON',
] as const; // biome-ignore format: a list

const HEADERS: readonly (readonly [string, string])[] = [
  ['accept', 'text/csv'], ['accept', 'text/html'], ['accept', '*/*;q=0'], ['accept', 'application/json, text/csv;q=0.5'], ['accept', ',,;;'],
  ['x-request-id', 'chosen-by-the-sender'], ['x-forwarded-for', '1.2.3.4'], ['x-forwarded-host', 'evil.example'], ['x-http-method-override', 'DELETE'],
  ['cookie', 'a=1; __proto__=2'], ['content-encoding', 'gzip'], ['range', 'bytes=0-1'], ['if-none-match', '*'], ['if-match', '"x"'], ['upgrade', 'h2c'],
  ['te', 'trailers'], ['traceparent', '00-0-0-0'], ['x-amzn-trace-id', 'Root=1'], ['user-agent', '\u001b[31m'.replace('\u001b', '')], ['__proto__', 'x'], ['constructor', 'x'],
  ['authorization-2', 'Bearer x'], ['accept-language', 'x'.repeat(2_000)],
]; // biome-ignore format: a list

/** Who may do the most at a route that changes something. */
const ABLE: Readonly<Record<string, readonly string[]>> = {
  '/runs': ['clerk', 'stranger'],
  '/gates/{gate}/decision': ['approver'],
  '/workspaces': ['admin'],
};

/**
 * A request that is hostile somewhere: often in one place only, so that it gets past the checks
 * before that place.
 */
export function hostileRequest(random: Dice, world: World): Hostile {
  const route = routeOf(random, world);
  const path = route === undefined ? hostilePath(random) : pathOf(random, world, route);
  const { person, headers: authorization } = credentials(random, world, route);
  const method =
    route === undefined || random.chance(3)
      ? random.one(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
      : route.method;

  const target = `${path}${queryOf(random, route)}`;

  const body =
    method === 'POST'
      ? bodyOf(random, world, route)
      : random.chance(3)
        ? hostileJson(random)
        : undefined;

  const headers: (readonly [string, string])[] = [...authorization];

  if (body !== undefined && random.chance(97))
    headers.push(['content-type', typeOf(random, route)]);

  if (random.chance(90))
    headers.push([
      'idempotency-key',
      random.chance(85) ? `key-${random.below(200)}` : headerText(random),
    ]);

  while (random.chance(30)) headers.push(random.one(HEADERS));

  if (random.chance(5)) headers.push(['x-hostile', headerText(random)]);

  return { route, person, method, target, headers, body };
}

/** Those that change something twice as often as the others together. */
function routeOf(random: Dice, { routes }: World): Route | undefined {
  if (random.chance(5)) return undefined;
  return random.one(random.chance(60) ? routes.filter(({ method }) => method === 'POST') : routes);
}

/** The bytes of a request, one a character. */
export function messageOf({ method, target, headers, body }: Hostile, host: string): string {
  const length: readonly (readonly [string, string])[] =
    body === undefined ? [] : [['content-length', String(body.length)]];
  const lines = [['host', host] as const, ['connection', 'close'] as const, ...headers, ...length];
  const head = `${method} ${latin(target)} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${latin(value)}\r\n`).join('')}\r\n`;
  return head + Buffer.from(body ?? []).toString('latin1');
}

/** The bytes of a text in UTF-8, one a character. */
const latin = (text: string) => Buffer.from(text).toString('latin1');

/** A header ends at its line, whatever is in it. */
const headerText = (random: Dice) => random.one(TEXTS).replaceAll(/[\r\n]/g, ' ');

/** As a browser would, mostly; sometimes as it is, but for what ends the line. */
const inTarget = (random: Dice, text: string) =>
  random.chance(80) ? encodeURIComponent(text.toWellFormed()) : text.replaceAll(/[\s\p{Cc}]/gu, '');

function hostilePath(random: Dice): string {
  return `/${Array.from({ length: random.below(4) }, () => inTarget(random, random.one(TEXTS))).join('/')}`;
}

function pathOf(random: Dice, { runs, gates, good }: World, { path }: Route): string {
  const real: Readonly<Record<string, readonly string[]>> = {
    '{run}': runs,
    '{gate}': gates,
    '{person}': good.map(({ person }) => person),
    '{automation}': ['invoice-approval'],
    '{workspace}': ['acme', 'globex'],
    '{role}': ['Admin', 'Compliance Officer', 'Client'],
  };
  return path.replaceAll(/\{[^}]*\}/g, (parameter) => {
    const known = real[parameter];
    if (known !== undefined && random.chance(70)) return encodeURIComponent(random.one(known));

    return (
      inTarget(
        random,
        random.chance(20) ? random.one([...runs, ...gates]).slice(0, -1) : random.one(TEXTS),
      ) || 'x'
    );
  });
}

function queryOf(random: Dice, route: Route | undefined): string {
  const pairs: string[] = [];
  const add = (name: string, value: string) => pairs.push(`${name}=${value}`);
  const hostile = () => inTarget(random, random.one(TEXTS));
  const { path = '', method } = route ?? {};

  if (path === '/runs' || path === '/gates' || path.endsWith('/rollout'))
    if (random.chance(95))
      add('workspace', random.chance(90) ? random.one(['acme', 'acme', 'globex']) : hostile());

  if (path === '/runs' && method === 'POST' && random.chance(95))
    add('automation', random.chance(92) ? 'invoice-approval' : hostile());

  const isList = method === 'GET' && ['/runs', '/gates', '/people', '/workspaces'].includes(path);
  if (random.chance(isList ? 40 : 2))
    add('limit', random.chance(60) ? String(random.below(110)) : hostile());

  if (random.chance(isList ? 20 : 2)) add('cursor', hostile());

  if (random.chance(3)) add('limit', '5');

  if (random.chance(4)) add(hostile(), hostile());

  return pairs.length === 0 ? (random.chance(2) ? '?' : '') : `?${pairs.join('&')}`;
}

function credentials(
  random: Dice,
  { good, bad }: World,
  route: Route | undefined,
): { person: string | undefined; headers: (readonly [string, string])[] } {
  const able = (route?.method === 'POST' ? ABLE[route.path] : undefined) ?? [];
  const { person, token } = random.one(
    able.length > 0 && random.chance(75) ? good.filter((one) => able.includes(one.person)) : good,
  );
  if (random.chance(85))
    return {
      person,
      headers: [
        [random.one(['authorization', 'Authorization', 'AUTHORIZATION']), `Bearer ${token}`],
      ],
    };

  const wrong = [
    [],
    [['authorization', `Bearer ${random.one(bad)}`]],
    [['authorization', `Basic ${Buffer.from('admin:admin').toString('base64')}`]],
    [['authorization', headerText(random)]],
    [['authorization', `Bearer ${headerText(random)}`]],
    [['authorization', `Bearer ${token} ${token}`]],
    [
      ['authorization', `Bearer ${token}`],
      ['authorization', `Bearer ${random.one(bad)}`],
    ],
    [['x-authorization', `Bearer ${token}`]],
    [['cookie', `authorization=${token}`]],
  ] as const satisfies readonly (readonly (readonly [string, string])[])[];

  return {
    person: undefined,
    headers: [...random.one<readonly (readonly [string, string])[]>(wrong)],
  };
}

function typeOf(random: Dice, route: Route | undefined): string {
  if (random.chance(85)) return route?.path === '/runs' ? 'application/xml' : 'application/json';
  return random.one(TYPES);
}

function bodyOf(random: Dice, world: World, route: Route | undefined): Uint8Array {
  if (random.chance(3)) return random.bytes(random.below(2_000));

  const text = random.one(TEXTS).toWellFormed();
  const or = <T>(good: T) => (random.chance(85) ? good : text);
  if (route?.path === '/runs') return hostileXml(random);
  if (route?.path === '/workspaces' && random.chance(50)) {
    const attributes = random.chance(50) ? {} : { attributes: or({ [or('tier')]: or('gold') }) };
    return Buffer.from(JSON.stringify({ name: or(`made-${random.below(100)}`), ...attributes }));
  }

  if (route?.path === '/gates/{gate}/decision' && random.chance(70)) {
    const outcome = or(random.one(['approved', 'rejected']));
    return Buffer.from(
      JSON.stringify({
        outcome,
        reason: or(random.one(['looked at it', text])),
        seen: or(random.one(world.seen)),
      }),
    );
  }

  return hostileJson(random);
}

function hostileJson(random: Dice): Uint8Array {
  if (random.chance(60)) return Buffer.from(random.one(JSONS));

  const text = JSON.stringify(random.one(TEXTS).toWellFormed());
  const depth = random.one([5, 15, 16, 17, 18, 100, 20_000]);

  return Buffer.from(
    random.one([
      `${'['.repeat(depth)}${']'.repeat(depth)}`,
      `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
      `{"name":${text}}`,
      `{"name":"ok-name","attributes":{"tier":${text}}}`,
      `{"name":"ok-name","attributes":{${text}:"gold"}}`,
      `{"outcome":${text},"reason":${text},"seen":${text}}`,
      `{"outcome":"approved","reason":${text},"seen":"${'0'.repeat(64)}"}`,
      `{"name":"${'x'.repeat(random.one([64 * 1_024 - 11, 64 * 1_024, 70_000]))}"}`,
      `{${text}:${text}}`,
    ]),
  );
}

/** An invoice that is broken in one place, or something that is none. */
function hostileXml(random: Dice): Uint8Array {
  if (random.chance(20)) return Buffer.from(random.one(XMLS));
  const invoice = sampleInvoice(20 + random.below(100));
  if (random.chance(30)) return invoice;
  if (random.chance(10)) return Buffer.from(invoice.toString(), 'utf16le');

  const at = random.below(invoice.length);

  return random.one([
    () => invoice.subarray(0, at),
    () =>
      Buffer.concat([
        invoice.subarray(0, at),
        random.bytes(1 + random.below(8)),
        invoice.subarray(at),
      ]),
    () =>
      Buffer.concat([
        invoice.subarray(0, at),
        Buffer.from(random.one(TEXTS)),
        invoice.subarray(at),
      ]),
    () => Buffer.concat([invoice.subarray(0, at), invoice.subarray(at + 1 + random.below(20))]),
    () => Buffer.concat([invoice, invoice]),
    () =>
      Buffer.from(
        invoice
          .toString()
          .replace(/<cbc:PayableAmount[^<]*/, (found) => `${found}${random.one(TEXTS)}`),
      ),
  ])();
}
