/** Every bound and default of the client, its unit last in its name. */
import { assert } from "../assert.ts";

/** Thirty days: the server lets nobody wait longer, and no time to live is longer. */
export const secondsMax = 2_592_000;

/** Between two pings: below the minute after which many proxies end a silent connection. */
export const pingSecondsDefault = 10;

/** Pings in a row that may stay unanswered before the server counts as gone. */
export const pingsUnansweredMax = 3;

/** Silence after which the server ends the connection, where a proxy may stand between. */
export const beatSecondsDefault = 60;

/** How long a request waits for a connection before it fails. */
export const patienceSecondsDefault = 10;

/** How long connecting and shaking hands may take. */
export const connectMilliseconds = 10_000;

/** How long a server that was reached may take to answer in TLS, should it speak it. */
export const tlsMilliseconds = 5_000;

/** How long the server may be silent after `version` before it is asked something old. */
export const probeMilliseconds = 250;

/** How long the server has to say goodbye. */
export const goodbyeMilliseconds = 1_000;

/** Pauses between attempts to connect, doubled each time, less up to a half by chance. */
export const backoffFirstMilliseconds = 100;
export const backoffMostMilliseconds = 10_000;

/** Requests that may wait for a connection: as many as a server lets one connection wait. */
export const requestsQueuedMax = 16_384;

/** Connections of one client, for permits of one semaphore and for readers in shifts. */
export const connectionsMaxDefault = 64;

/** A connection beyond the first is kept for so long without use. */
export const lingerMilliseconds = 10_000;

/**
 * Readers of this process join a hold for so long after it was granted; later ones ask the
 * server again, so that a writer elsewhere gets its turn.
 */
export const joinMilliseconds = 100;

/** A WebSocket message to the server; it takes 4 MiB. */
export const messageCharactersMax = 1_000_000;

/** What timers can count; longer times are waited for in pieces. */
export const timerMillisecondsMax = 2_147_483_647;

assert(pingSecondsDefault * 3 < beatSecondsDefault, "a lost ping does not end a connection");
assert(tlsMilliseconds < connectMilliseconds, "a server without TLS is told from one that is gone");
assert(backoffFirstMilliseconds < backoffMostMilliseconds, "pauses grow");
