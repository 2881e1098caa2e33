import { createSecretKey, type KeyObject } from 'node:crypto';
import {
  type KeyOwner,
  mintSubjectKey,
  subjectKeyTarget,
  tokenOfKeyRow,
  unwrapSubjectKey,
  type WorkspaceKeys,
  workspaceKeyTarget,
} from '#shared/crypto/index.ts';
import { DefectError, type Random, type SealedClass } from '#shared/kernel/index.ts';
import type { Change, Document, Ledger } from '#shared/ledger/index.ts';
import { readAll } from './read-all.ts';

/** Identifies a data key by subject and data class. */
export interface KeyName {
  readonly class: SealedClass;
  readonly subject: string;
}

/** Options of a {@link KeyRing}. */
interface KeyRingOptions {
  readonly workspace: string;
  readonly keys: WorkspaceKeys;
  readonly random: Random;
  /** Known directory rows, by subject. Stored with minted keys. */
  readonly tokens?: ReadonlyMap<string, string>;
}

/**
 * Data keys for one piece of work, such as a step or a start. Their rows are read in one batch with
 * the other documents. If a key does not exist, the ring mints it, and the commit that seals with
 * it must insert it.
 */
export class KeyRing {
  readonly #workspace: string;
  readonly #keys: WorkspaceKeys;
  readonly #random: Random;
  readonly #rows = new Map<string, Document | undefined>();
  /**
   * Workspace keys by class, kept for the lifetime of this object, because the shared cache can
   * expire during the work.
   */
  readonly #workspaceKeys = new Map<string, KeyObject>();
  readonly #dataKeys = new Map<string, KeyObject>();
  readonly #minted: Change[] = [];
  readonly #tokens: ReadonlyMap<string, string>;

  constructor({ workspace, keys, random, tokens = new Map() }: KeyRingOptions) {
    this.#workspace = workspace;
    this.#keys = keys;
    this.#random = random;
    this.#tokens = tokens;
  }

  /**
   * Returns the keys of the documents to read for data keys. Includes workspace keys only if they
   * are not cached.
   */
  targets(names: readonly KeyName[]): string[] {
    const targets = new Set<string>();
    for (const name of names) {
      targets.add(subjectKeyTarget(this.#workspace, name.class, name.subject));
      if (this.#workspaceKey(name.class) === undefined)
        targets.add(workspaceKeyTarget({ workspace: this.#workspace, class: name.class }));
    }
    return [...targets];
  }

  /** Loads the documents of {@link targets}, and unwraps workspace keys that were not cached. */
  async load(documents: ReadonlyMap<string, Document | undefined>): Promise<void> {
    const unwrapping: Promise<void>[] = [];
    for (const [target, document] of documents) {
      const [kind, dataClass, , subject] = target.split('#');
      if (kind !== 'key') continue;
      if (subject !== undefined) this.#rows.set(target, document);
      else unwrapping.push(this.#loadWorkspaceKey(dataClass as SealedClass, document));
    }

    if (unwrapping.length > 0) await Promise.all(unwrapping);
  }

  async #loadWorkspaceKey(dataClass: SealedClass, document: Document | undefined): Promise<void> {
    this.#workspaceKeys.set(
      dataClass,
      await this.#keys.unwrap({ workspace: this.#workspace, class: dataClass }, document?.body),
    );
  }

  #workspaceKey(dataClass: SealedClass): KeyObject | undefined {
    const key =
      this.#workspaceKeys.get(dataClass) ??
      this.#keys.cached({ workspace: this.#workspace, class: dataClass });
    if (key !== undefined) this.#workspaceKeys.set(dataClass, key);
    return key;
  }

  /** Reads and loads the data keys that are not loaded yet. */
  async fetch(ledger: Ledger, names: readonly KeyName[]): Promise<void> {
    const missing = this.targets(names).filter((target) => !this.#rows.has(target));
    if (missing.length > 0) await this.load(await readAll(ledger, missing));
  }

  /** Returns the data key of a subject for a class. @throws `subject.erased`, `keys.refused` */
  dataKey(name: KeyName): KeyObject {
    const target = subjectKeyTarget(this.#workspace, name.class, name.subject);
    let key = this.#dataKeys.get(target);
    if (key === undefined) {
      key = createSecretKey(this.#unwrap(target, name));
      this.#dataKeys.set(target, key);
    }
    return key;
  }

  /**
   * Returns the changes that insert the keys minted since the last call. The commit that seals with
   * these keys must include them.
   */
  takeMinted(): readonly Change[] {
    return this.#minted.splice(0);
  }

  #unwrap(target: string, name: KeyName): Uint8Array {
    const workspaceKey = this.#workspaceKey(name.class);
    if (workspaceKey === undefined || !this.#rows.has(target))
      throw new DefectError(`${target} was used but not loaded`);

    const owner: KeyOwner = {
      workspace: this.#workspace,
      class: name.class,
      subjectRef: name.subject,
    };

    const row = this.#rows.get(target);
    if (row !== undefined) return unwrapSubjectKey(owner, workspaceKey, row.body);

    const token = this.#tokenOf(name.subject);
    const { row: fresh, key } = mintSubjectKey(owner, workspaceKey, token, this.#random);

    this.#minted.push({ op: 'insert', target: fresh.target, body: fresh.body });

    return key;
  }

  /**
   * Returns the directory row of a subject from any of its loaded key rows; empty if no key row is
   * loaded.
   */
  #tokenOf(subject: string): string {
    const known = this.#tokens.get(subject);
    if (known !== undefined) return known;
    for (const [target, row] of this.#rows) {
      if (target.endsWith(`#${subject}`) && row !== undefined) return tokenOfKeyRow(row.body) ?? '';
    }
    return '';
  }
}
