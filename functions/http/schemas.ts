import * as z from 'zod/mini';
import { NAME } from '#shared/kernel/index.ts';

/** Schemas that requests and responses of several resources share. */

/** Name of a workspace, an automation, a step or a custom role. */
export const nameSchema = z.string().check(z.regex(NAME));
/** Any identifier. */
export const idSchema = z.string().check(z.minLength(1), z.maxLength(200));
/** Time in UTC, such as `2026-01-31T12:00:00.000Z`. */
export const timeSchema = z.iso.datetime();

export const timeText = (ms: number) => new Date(ms).toISOString();
