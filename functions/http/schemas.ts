import * as z from 'zod/mini';
import { NAME } from '#shared/kernel/index.ts';

/** Forms that requests and answers of several groups have in common. */

/** Of a workspace, an automation, a step, a role that is not built in. */
export const nameSchema = z.string().check(z.regex(NAME));
/** Any text that names something. */
export const idSchema = z.string().check(z.minLength(1), z.maxLength(200));
/** A moment in UTC, such as `2026-01-31T12:00:00.000Z`. */
export const timeSchema = z.iso.datetime();

export const timeText = (ms: number) => new Date(ms).toISOString();
