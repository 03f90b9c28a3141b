/**
 * A promise and what settles it, without a closure for each: locks are asked for often
 * enough for that to show (a tenth of the time that a lock takes).
 */

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

let resolveLast: unknown;
let rejectLast: unknown;

function capture(resolve: unknown, reject: unknown): void {
  resolveLast = resolve;
  rejectLast = reject;
}

export function deferred<T>(): Deferred<T> {
  const promise = new Promise<T>(capture);
  return {
    promise,
    resolve: resolveLast as (value: T) => void,
    reject: rejectLast as (error: Error) => void,
  };
}
