/**
 * What the load process can be asked to do, and what it answers. Both sides of the pipe
 * import this: one JSON document a line in each direction, answers in order.
 */
import type { Way } from "../../src/tester/load/contender.ts";
import type { Quantiles } from "../../src/tester/load/histogram.ts";
import type { Dialect } from "./dialects.ts";

export type Job =
  /** Get and release in turn, each connection its own lock; or inspect a free lock. */
  | {
      readonly kind: "load";
      readonly port: number;
      readonly work: Dialect | "inspect";
      readonly clients: number;
      readonly depth: number;
      readonly seconds: number;
    }
  /** POST and DELETE of a plain lock in turn, each connection its own. */
  | {
      readonly kind: "http";
      readonly port: number;
      readonly clients: number;
      readonly seconds: number;
    }
  /** Locks that outlive their connections, with tags; so many a second, or as many as can be. */
  | {
      readonly kind: "durable";
      readonly port: number;
      readonly clients: number;
      readonly depth: number;
      readonly seconds: number;
      readonly perSecond?: number;
    }
  /** Hold `locks` locks with names of 20 bytes over `clients` connections until `drop`. */
  | {
      readonly kind: "hold";
      readonly port: number;
      readonly locks: number;
      readonly clients: number;
    }
  /** Close what `hold` opened. */
  | { readonly kind: "drop" }
  /** List all locks with `d` and read it to the end; the answer is its number of lines. */
  | { readonly kind: "list"; readonly port: number }
  /** Many that want one lock, in a line or asking again and again. */
  | {
      readonly kind: "contend";
      readonly port: number;
      readonly way: Way;
      readonly clients: number;
      readonly seconds: number;
    }
  /** So many tagged waits join a line, leave it, join again and are granted; all of it `times` times. */
  | {
      readonly kind: "line";
      readonly port: number;
      readonly shape: Shape;
      readonly waiters: number;
      readonly times: number;
    };

/** Whether many wait for one lock, or each for its own. */
export type Shape = "one lock" | "own locks";

/** Of one wait, on average. */
export interface Costs {
  readonly joinNanoseconds: number;
  readonly leaveNanoseconds: number;
  readonly grantNanoseconds: number;
}

/** `operations` are grants, and the times are from a release to the next grant. */
export interface Contended extends Measured {
  readonly commands: number;
  /** Of the clients that got the lock least and most often. */
  readonly grantsMin: number;
  readonly grantsMax: number;
}

/** Of a load. */
export interface Measured extends Quantiles {
  readonly operations: number;
  readonly seconds: number;
}

export type Answer =
  | {
      readonly ok: true;
      readonly measured?: Measured;
      readonly contended?: Contended;
      readonly costs?: Costs;
      readonly lines?: number;
    }
  | { readonly ok: false; readonly reason: string };
