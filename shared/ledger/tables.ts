/**
 * Attributes of the items in the tables on AWS, as statements name them and roles and indexes are
 * made for.
 */

/**
 * Every stored document: its key, what entries call it, its revision, the commitment to its bytes,
 * the bytes.
 */
export const STORED = ['pk', 'sk', 'name', 'rev', 'commitment', 'body'] as const;

/**
 * Every entry of the trail: its writer, its number, its bytes. Those of a run carry {@link RUN},
 * too.
 */
export const ENTRY = ['pk', 'sk', 'body'] as const;

/**
 * Index of the state table by which a timer is found: `due#<automation>#<shard>` and the time. Set
 * at INSERT, never changed.
 */
export const DUE = { index: 'due', partition: 'due', sort: 'dueAt' } as const;

/**
 * Index of the state table by which the sweeper finds what it looks after:
 * `sweep#<automation>#<shard>` and the time. The partition is set at INSERT and never changed; only
 * the time comes and goes, so no function can hide a document under another automation.
 */
export const SWEEP = { index: 'sweep', partition: 'sweep', sort: 'sweepAt' } as const;

/**
 * Attributes by which lists (the runs of an automation, the open gates of a workspace) are kept.
 * Set at INSERT, never changed.
 */
export const LIST = { index: 'list', partition: 'listName', sort: 'listSort' } as const;

/**
 * Index of the trail by which the entries of a run are found, in the order of their times. Set at
 * INSERT, as everything of an entry.
 */
export const RUN = { index: 'run', partition: 'run', sort: 'time' } as const;
