/**
 * A client's mistake, thrown by whoever reads what the client sent, caught in one place
 * and answered in one line. Nothing has changed when one is thrown.
 */

/** `message` is the reply, without its leading `0 `. */
export class Fault extends Error {
  override readonly name = "Fault";
}

export const nameTooLong = "Name Too Long";
export const lineTooLong = "Line Too Long";

/** An argument that cannot be read. */
export function badRequest(why: string): Fault {
  return new Fault(`Bad Request: ${why}`);
}

/** `which`: `locks`, `waiters` (of one lock, or in all), `tags`, `connections`. */
export function limitReached(which: string): Fault {
  return new Fault(`Limit Reached: ${which}`);
}
