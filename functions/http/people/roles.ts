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
      'Lists the roles that you are allowed to see: built-in roles first, then custom roles by name.',
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
      // All roles require the same permission.
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
    summary: 'Returns a role, with the grants of a custom one.',
    action: 'role.read',
    request: {
      path: z.strictObject({ role: z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9 -]{0,31}$/)) }),
    },
    response: { status: 200, json: roleViewSchema },
    async handle(call, { ledger }) {
      const { role: name } = call.given.path;
      const roleTarget = directoryTarget.role(name);
      const [document] = isTarget(roleTarget) ? await ledger.read([roleTarget]) : [];
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

/**
 * Cursor that points into the built-in roles. It is not encrypted, because these roles are public.
 */
const BUILT_IN_CURSOR = /^built-in-([1-9])$/;

/**
 * Returns the built-in roles of a page. `rest` is the request for the custom roles of the page,
 * absent if the page is full. In that case, `end` is the cursor of the next page.
 */
function builtInPage({
  limit,
  cursor,
}: {
  readonly limit: number;
  readonly cursor?: string | undefined;
}) {
  const start = cursor === undefined ? 0 : Number(BUILT_IN_CURSOR.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) return { builtIn: [], rest: { limit, cursor } };
  const builtIn = builtInRoles.slice(start, start + limit);
  if (builtIn.length < limit) return { builtIn, rest: { limit: limit - builtIn.length } };
  return { builtIn, end: `built-in-${start + limit}` };
}

const isRole = (target: string) => target.startsWith(directoryTarget.role(''));

/**
 * Returns a stored custom role. Returns undefined for any other document, and for a role whose name
 * does not match its key.
 */
function roleOf(document: Document | undefined): RoleBody | undefined {
  const parsed = roleSchema.safeParse(document?.body);
  return parsed.success && directoryTarget.role(parsed.data.name) === document?.target
    ? parsed.data
    : undefined;
}
