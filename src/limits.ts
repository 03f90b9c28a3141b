/**
 * Every bound and default, with its arithmetic. A bound that a user may move is a
 * field of `Limits` and a flag; the rest are constants. Units come last in names.
 */
import { assert } from "./assert.ts";

/** The bounds that flags can move. */
export interface Limits {
  /** Connections over all listeners; kept below the file descriptor limit at start. */
  readonly connectionsMax: number;
  /** Bytes of one command, its line ending not counted. */
  readonly lineBytesMax: number;
  /** Bytes of one lock's or connection's name. */
  readonly nameBytesMax: number;
  /** Bytes of replies that may wait for one connection that does not read. */
  readonly outputBytesMax: number;
  /** Locks held or waited for, over both name spaces. */
  readonly locksMax: number;
  /** Requests that may wait for one lock. */
  readonly lockWaitersMax: number;
  /** Requests that may wait in all. */
  readonly waitersMax: number;
  /** Tagged commands of one connection that may wait. */
  readonly tagsMax: number;
  /** Bytes of a key. */
  readonly keyBytesMax: number;
}

/** What holds without flags. */
export const defaultLimits: Limits = Object.freeze({
  connectionsMax: 100_000,
  lineBytesMax: 8_192,
  nameBytesMax: 1_024,
  outputBytesMax: 32 * 1024 * 1024,
  locksMax: 10_000_000,
  lockWaitersMax: 1_000_000,
  waitersMax: 1_000_000,
  tagsMax: 16_384,
  keyBytesMax: 128,
});

/** The largest values that the flags take: what the data structures can hold. */
export const limitBounds: Limits = Object.freeze({
  connectionsMax: 1_000_000,
  lineBytesMax: 65_536,
  nameBytesMax: 16_000,
  outputBytesMax: 1024 * 1024 * 1024,
  locksMax: 100_000_000,
  lockWaitersMax: 10_000_000,
  waitersMax: 10_000_000,
  tagsMax: 1_000_000,
  keyBytesMax: 1_024,
});

/** Descriptors kept free of clients: listeners, pid file, logs, DNS, a few spare ones. */
export const descriptorsReserved = 64;

/**
 * Descriptors that the web port does not get, so that its idle connections, which nobody
 * counts, keep nobody out of the other doors: a part of all, …
 */
export const descriptorsKeptPart = 1 / 4;
/** … and no more than this: what stands in line at the web port is 512 at most. */
export const descriptorsKeptMax = 2_048;
/** Besides these, the limit on connections leaves a part of all to HTTP requests. */
export const descriptorsForRequestsPart = 1 / 16;
/** They are counted this often. So few are left: they are short. */
export const descriptorsCountedSeconds = 1;
export const descriptorsShort = 16;

/** Commands that may stand behind a listing or a wait of their own connection. */
export const backlogBytesMax = 4 * 1024 * 1024;

/** Silence on a TCP connection before the system asks the peer. */
export const keepaliveSecondsDefault = 10;

/** How often it asks then, and how often in vain before the peer counts as dead. */
export const keepaliveIntervalSeconds = 5;
export const keepaliveProbes = 3;

/** How long sent data may stay unacknowledged. With the above, a dead machine is noticed within 30 s. */
export const userTimeoutSecondsDefault = 20;

/** Replies are handed to the socket when this many are gathered, or the packet ends. */
export const flushBytes = 256 * 1024;

/** A turn of the event loop with so many replies is a busy one: it goes on to look for packets … */
export const busyReplies = 4;
/** … so many times, for so long, … */
export const intakeRoundsMax = 16;
export const intakeMilliseconds = 1;
/** … each time of so many sockets at most, and of each so many bytes, … */
export const readySocketsMax = 256;
export const readyBytesMax = 64 * 1024;
/** … until there were so many of all together. */
export const roundBytesMax = 256 * 1024;

/** One message of a WebSocket client; it may hold many lines. */
export const webSocketPayloadBytesMax = 4 * 1024 * 1024;

/** A longer listing goes over a WebSocket in several messages, cut at line ends. */
export const webSocketMessageBytesMax = 8 * 1024 * 1024;

/** Long work, all of it together, may take this much of one turn of the event loop. */
export const turnMilliseconds = 2;

/** Steps between looks at the clock: holds released (0.1 to 0.5 µs each), … */
export const sweepHoldsPerStep = 256;
/** … locks copied for a listing (about 0.3 µs each), … */
export const gatherLocksPerStep = 512;
/** … names compared to sort it (about 0.1 µs each), … */
export const comparisonsPerStep = 2_048;
/** … and lines of it put out (about 0.2 µs each). */
export const linesPerStep = 512;

/** Leases and waits whose time is over that are seen to at a time. */
export const expiriesPerEntry = 256;

/** Listings that look at this many records or fewer are answered at once. */
export const listingAtOnceMax = 1_024;

/** Snapshots of the whole table that may exist at a time; further listings wait for one. */
export const snapshotsMax = 4;

/** A client that leaves a listing unread for this long is ended, so that others get theirs. */
export const listingStallSeconds = 30;

/**
 * Fences that are reserved on disk at a time, at least: half a minute's worth by the clock, as
 * half of them has to last, at the pace of the clock, which no server reaches, for longer than
 * a store takes to write or to say that it cannot. As many as are lost by a crash.
 */
export const fencesReserved = 2 ** 26;
/** A server that has given many reserves as many again, up to these: days at ten thousand a second. */
export const fencesReservedMax = 2 ** 31;

/** How long a clean stop waits for replies to be taken by their readers, … */
export const stopFlushMilliseconds = 500;
/** … and for those who have theirs to stop talking: silent for so long, they are closed. */
export const stopQuietMilliseconds = 50;

/** How long a stop may be asked to wait for holders: a day. */
export const drainSecondsMax = 86_400;

/** How often whoever supervises a stop that waits is told that it goes on, … */
export const drainNoticeMilliseconds = 5_000;
/** … and how long it is asked to believe that. */
export const drainExtensionMilliseconds = 3 * drainNoticeMilliseconds;
/** … and, after that, for a disk to take what is to be kept. */
export const stopStoreMilliseconds = 3_000;

/** An HTTP request that is not there in this time is ended; waits and streams are not. */
export const requestSeconds = 30;

/** Body of an HTTP request, … */
export const bodyBytesMax = 64 * 1024;
/** … how deeply it may be nested: what we take is one object, … */
export const bodyDepthMax = 16;
/** … and what is read of one before it is refused for its size, chunked ones have no length. */
export const bodyBytesReadMax = 1024 * 1024;

/** How long an HTTP request may wait for a lock. */
export const httpWaitSecondsMax = 3_600;
/** TTL of a hold over HTTP unless it says another, and the longest there is: thirty days. */
export const ttlSecondsDefault = 60;
export const ttlSecondsMax = 2_592_000;

/** Locks in one page of a listing over HTTP unless asked for less or more, and at most. */
export const pageLocksDefault = 100;
export const pageLocksMax = 1_000;
/** A page ends with the lock that makes it longer than this. */
export const pageBytesMax = 1024 * 1024;
/** Connections in one page, likewise. */
export const pageClientsDefault = 100;
export const pageClientsMax = 1_000;
/** Those who stand in line for one lock, of which so many are shown. */
export const queueShownMax = 1_000;
/** Holders of a lock that somebody was refused are told to them, so many of them. */
export const holdersShownMax = 100;

/** Acquires whose Idempotency-Key is remembered, and for how long. */
export const idempotencyKeysMax = 10_000;
export const idempotencySeconds = 3_600;
export const idempotencyKeyCharactersMax = 255;

/** Events that are kept for readers who come back, or are slow: so many, … */
export const eventsKeptMax = 16_384;
/** … of so many bytes, 250 each of usual ones. */
export const eventsKeptBytesMax = 4 * 1024 * 1024;
/** Events are kept on for this long when the last reader has gone. */
export const eventsLingerSeconds = 60;
/** What a reader is given at a time. */
export const eventsChunkBytes = 64 * 1024;
/** Silence on an event stream before a comment shows that it lives. */
export const eventsBeatSeconds = 15;

/** Wrong tokens that end a connection. */
export const wrongTokensMax = 3;

/** How long a connection that was told its last word may take to hang up, … */
export const lingerSeconds = 2;
/** … and how many that were one too many may do so at a time: descriptors beyond the limit. */
export const refusedLingeringMax = 32;

/** How long a TLS connection may take to shake hands. */
export const handshakeSeconds = 10;

/** How long a listener goes on once another has taken its port over. */
export const listenerOverlapMilliseconds = 2_000;

/** Secrets that are hashed at a time: each takes 64 MiB and about 0.1 s of a core. */
export const hashesAtOnceMax = 2;

/** Wrong attempts of one address that cost it no time; from then on 1 s, doubled with each, … */
export const failuresFree = 3;
export const failureDelaySeconds = 1;
/** … up to this, … */
export const failureDelaySecondsMax = 30;
/** … until it was quiet for a quarter of an hour. */
export const failuresForgottenSeconds = 900;

/** Addresses that were wrong lately, about 300 bytes each; past it, the others share one line. */
export const slowedAddressesMax = 10_000;

/** Attempts that may wait for their turn: in all, as after a restart everybody comes back … */
export const attemptsWaitingMax = 100_000;
/** … and of one address that is slowed down. */
export const attemptsWaitingOfSlowedMax = 16;

/** Connections whose right secret is remembered, about 300 bytes each. */
export const rememberedConnectionsMax = 10_000;

/** Lines of the audit log that wait for a slow disk: 250 characters each of usual ones, … */
export const auditBufferCharactersMax = 16 * 1024 * 1024;
/** … handed over about so many at a time, … */
export const auditWriteCharacters = 1024 * 1024;
/** … again after this time where that failed, … */
export const auditRetryMilliseconds = 100;
/** … and at a stop for so long. */
export const auditCloseMilliseconds = 1_000;
/** Denials that are written in a second; the rest is counted, as strangers cause them at will. */
export const auditDenialsPerSecondMax = 100;

assert(defaultLimits.lineBytesMax >= 64, "the beginning of a line that is too long holds a tag");
assert(defaultLimits.nameBytesMax < defaultLimits.lineBytesMax, "a name must fit in a line");
assert(
  defaultLimits.lineBytesMax < backlogBytesMax,
  "a backlog must take at least one whole command",
);
assert(
  keepaliveSecondsDefault + keepaliveIntervalSeconds * keepaliveProbes < 30,
  "a silent peer is noticed within 30 s",
);
assert(userTimeoutSecondsDefault < 30, "a peer that acknowledges nothing is noticed within 30 s");
assert(eventsChunkBytes < eventsKeptBytesMax, "a reader who keeps up gets what is kept");
assert(refusedLingeringMax < descriptorsReserved, "who is one too many is told so");
assert(requestSeconds <= 255, "Bun takes no longer idle timeout");
assert(auditWriteCharacters < auditBufferCharactersMax, "one write must not fill the buffer");
