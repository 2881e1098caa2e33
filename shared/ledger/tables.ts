/** Attributes of the items in the tables on AWS, as used by statements, roles and indexes. */

/** Attributes of a document: its key, its name in entries, revision, commitment, and bytes. */
export const STORED = ['pk', 'sk', 'name', 'rev', 'commitment', 'body'] as const;

/** Attributes of an entry: its writer, number and bytes. Entries of a run also have {@link RUN}. */
export const ENTRY = ['pk', 'sk', 'body'] as const;

/**
 * Index of timers in the state table: `due#<automation>#<shard>` and the time. Set on INSERT and
 * never changed.
 */
export const DUE = { index: 'due', partition: 'due', sort: 'dueAt' } as const;

/**
 * Index of marked documents in the state table, for the sweeper: `sweep#<automation>#<shard>` and
 * the time. The partition is set on INSERT and never changed; only the time is added and removed,
 * so a function cannot hide a document under another automation.
 */
export const SWEEP = { index: 'sweep', partition: 'sweep', sort: 'sweepAt' } as const;

/**
 * Index of lists, such as the runs of an automation or the open gates of a workspace. Set on INSERT
 * and never changed.
 */
export const LIST = { index: 'list', partition: 'listName', sort: 'listSort' } as const;

/**
 * Index of the entries of a run, in the order of their times. Set on INSERT, like all attributes of
 * an entry.
 */
export const RUN = { index: 'run', partition: 'run', sort: 'time' } as const;
