import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeclarationError, type Flow } from '#shared/automation/index.ts';
import type { Vendor } from '#shared/vendors/index.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Returns the names of the folders under `functions/automations` that contain an automation. */
export function automationNames(root = ROOT): string[] {
  return readdirSync(join(root, 'functions/automations'))
    .filter((name) => existsSync(join(root, 'functions/automations', name, 'automation.ts')))
    .sort();
}

export function vendorNames(root = ROOT): string[] {
  return readdirSync(join(root, 'functions/vendors'))
    .filter((name) => existsSync(join(root, 'functions/vendors', name, 'vendor.ts')))
    .sort();
}

/**
 * Loads an automation from its folder.
 *
 * @throws `automation.invalid` if a file is missing, or if the automation's name differs from the
 *   folder's name.
 */
export async function loadFlow(automation: string): Promise<Flow> {
  const folder = join(ROOT, 'functions/automations', automation);
  const flow = await defaultOf<Flow>(join(folder, 'automation.ts'));
  if (flow?.name !== automation)
    throw new DeclarationError(
      automation,
      `the default export of its automation.ts is ${flow?.name === undefined ? 'no flow' : `automation ${flow.name}`}; folder and automation have one name`,
    );

  if (!existsSync(join(folder, 'intake.ts')))
    throw new DeclarationError(
      automation,
      'its folder has no intake.ts, which says how uploaded bytes become the input of a run',
    );

  return flow;
}

export async function loadVendor(name: string): Promise<Vendor> {
  return defaultOf<Vendor>(join(ROOT, 'functions/vendors', name, 'vendor.ts'));
}

/**
 * Imports by URL, because Node.js would parse `#`, `?` and `%` in a plain path as parts of a URL.
 */
async function defaultOf<T>(path: string): Promise<T> {
  return ((await import(pathToFileURL(path).href)) as { default: T }).default;
}
