import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { Change } from './transaction.ts';
import { type Item, itemBytes } from './value.ts';

/** Sequence numbers have 21 to 40 digits (API Reference, `StreamRecord`). */
const FIRST = 100_000_000_000_000_000_000n;

/**
 * The streams of the tables that have one, each from its first record on, in the form a Lambda
 * function gets them.
 */
export class Streams {
  readonly #records = new Map<string, DynamoDBRecord[]>();
  #sequence = FIRST;

  open(table: string): void {
    this.#records.set(table, []);
  }

  close(table: string): void {
    this.#records.delete(table);
  }

  append(changes: readonly Change[], at: number): void {
    for (const change of changes) this.#records.get(change.table)?.push(this.#record(change, at));
  }

  /** @throws when the table has no stream. */
  of(table: string): readonly DynamoDBRecord[] {
    const records = this.#records.get(table);
    if (records === undefined)
      throw new Error(
        `the table ${table} has no stream; there are streams of ${[...this.#records.keys()].join(', ')}`,
      );
    return structuredClone(records);
  }

  #record({ table, key, before, after }: Change, at: number): DynamoDBRecord {
    const sequence = String(++this.#sequence);
    return {
      eventID: sequence,
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-central-1',
      eventSourceARN: `arn:aws:dynamodb:eu-central-1:000000000000:table/${table}/stream/2026-01-01T00:00:00.000`,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(at / 1_000),
        Keys: image({ ...key }),
        ...(after === undefined ? {} : { NewImage: image(after) }),
        ...(before === undefined ? {} : { OldImage: image(before) }),
        SequenceNumber: sequence,
        SizeBytes: itemBytes({ ...key }) + itemBytes(after ?? {}) + itemBytes(before ?? {}),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    };
  }
}

/** A copy that a reader may change. */
const image = (item: Item): Record<string, AttributeValue> =>
  structuredClone<Record<string, AttributeValue>>(item);
