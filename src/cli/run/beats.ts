/**
 * How soon a dead network is noticed, on both sides. A ping goes out every
 * `pingSeconds`; the fourth finds three unanswered, and the server counts as gone: at most
 * 4 × 2.5 = 10 s after the last word came through. CMD is ended then, which takes up to
 * `--grace`. The server gives the lock to nobody else before it has heard nothing for that
 * long and 5 s more, for scheduling and slow clocks.
 *
 * Where the two do not reach each other at all, the server's system may notice earlier
 * (-keepalive 10 s + 15 s, -user-timeout 20 s): with `--grace` up to 10 that is late enough.
 */
import { assert } from "../../assert.ts";
import { pingsUnansweredMax } from "../../client/bounds.ts";
import { userTimeoutSecondsDefault } from "../../limits.ts";

const pingSeconds = 2.5;
const spareSeconds = 5;
const noticedSeconds = (pingsUnansweredMax + 1) * pingSeconds;

export const graceSecondsDefault = 5;

assert(
  noticedSeconds + graceSecondsDefault < userTimeoutSecondsDefault,
  "CMD has ended before the server's system gives us up",
);

/** Options for the client. */
export function beats(graceSeconds: number): { readonly ping: number; readonly beat: number } {
  return { ping: pingSeconds, beat: noticedSeconds + graceSeconds + spareSeconds };
}
