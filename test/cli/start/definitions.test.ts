import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordDefinitions } from '#cli/start/definitions.ts';
import { temporaryFolder } from '../../support/bench.ts';

const refund = (version: number, definition: string) => ({ name: 'refund', version, definition });
const closing = { name: 'closing', version: 1, definition: 'c' };

describe('a data folder', () => {
  it('says once that an automation was changed under the same version, and that runs under way are set aside', () => {
    const folder = temporaryFolder();

    expect(recordDefinitions(folder, [refund(1, 'a'), closing])).toEqual([]);
    expect(recordDefinitions(folder, [refund(1, 'a'), closing])).toEqual([]);
    expect(recordDefinitions(folder, [refund(1, 'b'), closing])).toEqual([
      expect.stringMatching(
        /^refund has changed but still has version 1\. .* parked\. Increase `version`/,
      ),
    ]);

    expect(recordDefinitions(folder, [refund(1, 'b'), closing])).toEqual([]);
    expect(recordDefinitions(folder, [refund(2, 'c')])).toEqual([]);
    expect(recordDefinitions(folder, [refund(1, 'a')])).toHaveLength(1);
  });

  it('starts all the same when its list of definitions is damaged', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'definitions.json'), '{"v":');
    expect(recordDefinitions(folder, [closing])).toEqual([]);
    expect(JSON.parse(readFileSync(join(folder, 'definitions.json'), 'utf8'))).toEqual({
      v: 'definitions/1',
      definitions: { closing: { 1: 'c' } },
    });
  });
});
