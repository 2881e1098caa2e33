import * as z from 'zod/mini';
import { type RoleBody, roleSchema } from '#shared/access/index.ts';
import { directoryList, directoryTarget } from '#shared/identity/index.ts';
import { type Document, isTarget } from '#shared/ledger/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { PAGE } from '../../framework/http/page.ts';
import { linkTo, readPage } from '../../framework/http/read-page.ts';
import { PLATFORM } from '../platform.ts';
import { builtInRoles, customRole, roleViewSchema } from './person-view.ts';

export const listRoles = () =>
  endpoint({
    method: 'GET',
    path: '/roles',
    operationId: 'listRoles',
    summary:
      'Lists roles, those that you may see: first those that are built in, then custom ones by name.',
    action: 'role.list',
    request: { query: z.strictObject(PAGE) },
    response: {
      status: 200,
      json: z.strictObject({ roles: z.array(roleViewSchema), cursor: z.optional(z.string()) }),
      refusals: ['request.cursor'],
    },
    async handle(call, ports) {
      call.requireVisible('role.list', PLATFORM, PLATFORM);

      const { query } = call.given;
      const { builtIn, rest, end } = builtInPage(query);

      const page =
        rest === undefined
          ? undefined
          : await readPage(
              ports,
              call.by.person.id,
              { list: directoryList.roles, ...rest },
              isRole,
            );

      const cursor = page === undefined ? end : page.cursor;
      const custom = (page?.documents ?? [])
        .flatMap((document) => roleOf(document) ?? [])
        .map(customRole);
      // it is asked alike about each
      const roles = call.isAllowed('role.read', PLATFORM).allowed ? [...builtIn, ...custom] : [];

      return {
        body: { roles, cursor },
        headers: linkTo(query, cursor),
        audit: {
          workspace: 'platform',
          targets: roles.map(({ name }) => ({ kind: 'role', id: name })),
        },
      };
    },
  });

export const getRole = () =>
  endpoint({
    method: 'GET',
    path: '/roles/{role}',
    operationId: 'getRole',
    summary: 'Tells what a role is for, and what a custom one allows.',
    action: 'role.read',
    request: {
      path: z.strictObject({ role: z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9 -]{0,31}$/)) }),
    },
    response: { status: 200, json: roleViewSchema },
    async handle(call, { ledger }) {
      const { role: name } = call.given.path;
      const own = directoryTarget.role(name);
      const [document] = isTarget(own) ? await ledger.read([own]) : [];
      const custom = roleOf(document);
      const role =
        builtInRoles.find((one) => one.name === name) ??
        (custom === undefined ? undefined : customRole(custom));

      call.requireVisible('role.read', role === undefined ? undefined : PLATFORM, PLATFORM);

      return {
        body: assertFound(role),
        audit: { workspace: 'platform', targets: [{ kind: 'role', id: name }] },
      };
    },
  });

/** Of a page that ends among the built-in roles, which everybody knows; so it is not sealed. */
const BUILT_IN_CURSOR = /^built-in-([1-9])$/;

/**
 * The built-in roles of a page. `rest`: what it has of custom ones; there are none where it is
 * full, and it goes on at `end`.
 */
function builtInPage({
  limit,
  cursor,
}: {
  readonly limit: number;
  readonly cursor?: string | undefined;
}) {
  const place = cursor === undefined ? 0 : Number(BUILT_IN_CURSOR.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(place)) return { builtIn: [], rest: { limit, cursor } };
  const builtIn = builtInRoles.slice(place, place + limit);
  if (builtIn.length < limit) return { builtIn, rest: { limit: limit - builtIn.length } };
  return { builtIn, end: `built-in-${place + limit}` };
}

const isRole = (target: string) => target.startsWith(directoryTarget.role(''));

/**
 * A custom role as it is stored; undefined for what is none, and for one that says it is another.
 */
function roleOf(document: Document | undefined): RoleBody | undefined {
  const parsed = roleSchema.safeParse(document?.body);
  if (!parsed.success || directoryTarget.role(parsed.data.name) !== document?.target)
    return undefined;
  return document.body as unknown as RoleBody;
}
