import * as z from 'zod/mini';
import type { Attributes, Resource } from '#shared/access/index.ts';
import { nameSchema } from '../schemas.ts';

export const workspaceSchema = z.strictObject({
  name: nameSchema,
  /** Attributes that permissions can depend on. */
  attributes: z.record(z.string(), z.string()),
});

export function workspaceView(
  name: string,
  attributes: Attributes,
): z.output<typeof workspaceSchema> {
  return { name, attributes: { ...attributes } };
}

export function workspaceResource(workspace: string, attributes: Attributes | undefined): Resource {
  return { type: 'Workspace', workspace, attributes: attributes ?? {} };
}
