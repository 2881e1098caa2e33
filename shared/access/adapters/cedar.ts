import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  initSync,
  policySetTextToParts,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/web';
import { canonicalJson, type Metrics } from '#shared/kernel/index.ts';
import { administeredBy, checkRole } from '../check-role.ts';
import { PoliciesInvalidError } from '../errors.ts';
import { POLICY_FILES, type PolicyFile } from '../policy-files.ts';
import type { Authorization, PolicyEngine } from '../ports.ts';
import type { RoleBody } from '../role.ts';
import { toCedarRequest } from './cedar-request.ts';
import { policiesOf } from './cedar-role.ts';
import { demand, type ParsedSet, parsedSet } from './cedar-sets.ts';

/** The policies of `policies/`, evaluated by Cedar. */
export interface CedarPolicies extends PolicyEngine {
  /** Sentences of the built-in policies, by id. */
  readonly says: ReadonlyMap<string, string>;
}

/**
 * Reads the policies and their schema, and validates them strictly.
 *
 * @param options.folder - Folder of a bundle, with the files of {@link POLICY_FILES}. Default:
 *   the sources.
 * @throws {@link PoliciesInvalidError} `access.policies` (stop): a file is missing or unreadable,
 *   or a policy is invalid.
 */
export function openPolicies({
  folder,
  metrics,
}: {
  readonly folder?: string;
  readonly metrics: Metrics;
}): CedarPolicies {
  const { name, policies, says } = readPolicies(folder);

  const setOf = (roles: readonly RoleBody[]): ParsedSet =>
    parsedSet(roles.length === 0 ? name : name + canonicalJson(roles), () => {
      const custom = validRoles(roles);
      const compiled = Object.fromEntries(custom.flatMap(policiesOf));
      const administering = custom
        .filter((role) => administeredBy(role) !== undefined)
        .map(({ name }) => name);

      return {
        policies: { ...policies, ...compiled },
        refused: roles.length - custom.length,
        administering,
      };
    });

  const failed = (): Authorization => {
    metrics.add('AccessErrors', 1);
    return { allowed: false, policies: [], failed: true };
  };

  return {
    says,
    authorize(request) {
      try {
        const { id, refused, administering } = setOf(request.principal.customRoles);
        if (refused > 0) metrics.add('AccessErrors', refused);

        const answer = statefulIsAuthorized({
          ...toCedarRequest(request, administering),
          preparsedPolicySetId: id,
        });
        if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0)
          return failed();

        const { decision, diagnostics } = answer.response;

        // Cedar returns them in any order
        return { allowed: decision === 'allow', policies: diagnostics.reason.sort() };
      } catch {
        return failed();
      }
    },
  };
}

/**
 * Returns the valid roles. If two roles have the same name, both are omitted, because the assigned
 * role is unknown.
 */
function validRoles(roles: readonly RoleBody[]): RoleBody[] {
  return roles.filter((role) => {
    try {
      return checkRole(role) && roles.filter(({ name }) => name === role.name).length === 1;
    } catch {
      return false;
    }
  });
}

interface BuiltInPolicies {
  /** Hash of the policies and their schema. */
  readonly name: string;
  /** Texts of the policies, by id. */
  readonly policies: Readonly<Record<string, string>>;
  readonly says: ReadonlyMap<string, string>;
}

function readPolicies(folder: string | undefined): BuiltInPolicies {
  const read = (file: PolicyFile) =>
    Buffer.concat(
      (folder === undefined ? file.from() : [join(folder, file.to)]).map((path) =>
        readFileSync(path),
      ),
    );

  try {
    initSync({ module: read(POLICY_FILES.wasm) });

    const [text, schema] = [
      read(POLICY_FILES.policies).toString(),
      read(POLICY_FILES.schema).toString(),
    ];

    const parts = policySetTextToParts(text);

    demand(parts);

    const heads = (parts.type === 'success' ? parts.policies : []).map((policy) => ({
      ...annotationsOf(policy),
      policy,
    }));

    const policies = Object.fromEntries(heads.map(({ id, policy }) => [id, policy]));
    if (heads.length !== Object.keys(policies).length) throw new Error('two policies have one id');

    const checked = validate({ schema, policies: { staticPolicies: policies } });

    demand(checked);

    const wrong = checked.type === 'success' ? checked.validationErrors : [];
    if (wrong.length > 0)
      throw new Error(
        wrong.map(({ policyId, error }) => `${policyId}: ${error.message}`).join('; '),
      );

    const name = createHash('sha256')
      .update(JSON.stringify([schema, text]))
      .digest('hex');

    parsedSet(name, () => ({ policies, refused: 0, administering: [] }));

    return { name, policies, says: new Map(heads.map(({ id, says }) => [id, says])) };
  } catch (error) {
    throw new PoliciesInvalidError(
      `the policies cannot be opened: ${error instanceof Error ? error.message : 'Cedar stopped'}`,
      {},
      { cause: error },
    );
  }
}

/** Returns the annotations of a policy. */
function annotationsOf(policy: string): { readonly id: string; readonly says: string } {
  const [, id] = /@id\("([a-z-]+\.?[a-z-]+)"\)/.exec(policy) ?? [];
  const [, says] = /@says\("([^"\\]+)"\)/.exec(policy) ?? [];
  if (id === undefined || says === undefined)
    throw new Error('a policy has no @id or no @says above it');
  if (id.startsWith('role.')) throw new Error(`${id} is an id of a custom role`);
  return { id, says };
}
