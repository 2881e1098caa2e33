import type { Json } from '#shared/kernel/index.ts';
import { DocumentMalformedError } from './errors.ts';
import type { Change, Document, IndexKeys, Revision } from './ports.ts';

/**
 * Type of a member of a body: `maps` and `lists` contain objects; `map` and `list` contain any
 * values.
 */
type MemberType = 'string' | 'number' | 'map' | 'maps' | 'list' | 'lists';

/** Declares one kind of stored document. */
interface KindDeclaration<Body extends { readonly v: string }> {
  /** Version that bodies carry, such as `run/1`. */
  readonly v: Body['v'];
  /**
   * Members that code uses without checking their types. The ledger has already verified the bytes.
   */
  readonly members: Readonly<Partial<Record<keyof Body & string, MemberType>>>;
  /** @default - the document is found only by its key */
  readonly index?: (body: Body) => IndexKeys;
}

/** Kind of stored document. All code that reads or writes such a document goes through it. */
export interface DocumentKind<Body extends { readonly v: string }>
  extends Pick<KindDeclaration<Body>, 'v' | 'index'> {
  /** Returns the body. @throws {@link DocumentMalformedError} */
  body(document: Stored): Body;
  /** Returns the body; undefined if the document is missing or its body is malformed. */
  find(document: Stored | undefined): Body | undefined;
  /** Inserts a document with its index keys. */
  insert(target: string, body: Body): Change & { readonly op: 'insert' };
  /** Replaces a document at the revision that was read. */
  replace(target: string, at: Revision, body: Body): Change & { readonly op: 'replace' };
  /** Replaces the document, or inserts it if `at` is undefined. */
  put(target: string, at: Revision | undefined, body: Body): Change;
}

type Stored = Pick<Document, 'target' | 'body'>;

/**
 * Creates the kind that a declaration describes. Reading checks only the declared members, because
 * the ledger has compared the bytes with their commitment, and the engine wrote them.
 */
export function documentKind<Body extends { readonly v: string } & Json>({
  v,
  members,
  index,
}: KindDeclaration<Body>): DocumentKind<Body> {
  const types = Object.entries<MemberType>(members as Record<string, MemberType>);

  const kind: DocumentKind<Body> = {
    v,
    index,
    find(document) {
      const body = document?.body;
      return isMap(body) && body.v === v && types.every(([name, type]) => holds(type, body[name]))
        ? (body as Body)
        : undefined;
    },
    body(document) {
      const body = kind.find(document);
      if (body === undefined) throw new DocumentMalformedError(document.target, v);
      return body;
    },
    insert: (target, body) => ({ op: 'insert', target, body, index: index?.(body) }),
    replace: (target, at, body) => ({ op: 'replace', target, at, body }),
    put: (target, at, body) => (at ? kind.replace(target, at, body) : kind.insert(target, body)),
  };

  return kind;
}

function holds(type: MemberType, value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === type;

  const shape = Array.isArray(value) ? 'list' : 'map';
  return type === shape || (type === `${shape}s` && Object.values(value).every(isMap));
}

const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type JsonMap = { readonly [name: string]: Json | undefined };
