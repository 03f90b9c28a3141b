/** Bounds of the store, with their arithmetic. */

/** Changes in one commit at most: encoding so many takes about a millisecond of the event loop. */
export const batchChangesMax = 4_096;

/** After a failed write it is tried again after this long, doubled with each failure, … */
export const retryMillisecondsMin = 100;
/** … up to this: so long may readiness lag behind a disk that has room again. */
export const retryMillisecondsMax = 5_000;

/** A disk that answers no write for this long counts as failed until it does. */
export const stallMilliseconds = 10_000;

/** Pages of 4 KiB in the write-ahead log before they are moved into the database: 4 MiB. */
export const checkpointPages = 1_000;

/** What a burst leaves of the log's file is cut to this. */
export const journalBytesKept = 16 * 1024 * 1024;

/** How long a write waits for another program that has the database locked. */
export const busyMilliseconds = 5_000;

/** How far a repair lifts the fence mark above all that it saw: an hour of grants at full pace. */
export const repairFenceMargin = 2_048 * 3_600_000;

/** Lengths that a record can tell, in bytes. */
export const recordTextBytesMax = 65_535;

/** Rows that are read at a time: beyond some hundred nothing is gained, and each may be long. */
export const rowsAtOnce = 256;

/** How long a thread may take to begin: it takes milliseconds, unless it cannot be had at all. */
export const threadBeginsMilliseconds = 60_000;

/** Room for why pages are no good, as one thread tells another. */
export const verdictBytes = 8_192;
