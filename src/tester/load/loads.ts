/**
 * What is measured, as data: the commands of each load, what has to be there before it
 * and what puts things back after it.
 * Invariant: every load leaves no lock behind.
 */
import type { Feature } from "../features.ts";
import { positive, type Step } from "./script.ts";

/** The steps of one connection, by its number, with names under `prefix`. */
export type StepsOf = (prefix: string, connection: number) => readonly Step[];

export interface Load {
  readonly kind: "commands";
  readonly name: string;
  /** What the server has to offer for the load to make sense. */
  readonly needs: readonly Feature[];
  readonly steps: StepsOf;
  /** Done before and after the steps by the same connection, not measured. */
  readonly before?: StepsOf;
  readonly after?: StepsOf;
  /** Held meanwhile by a connection that takes no part. */
  readonly held?: { readonly get: StepsOf; readonly release: StepsOf };
  /** The steps go round and round; or once, and then `after` and `before` come again. */
  readonly repeat: "round" | "once";
}

/** Many that wait for one lock: grants, and how long each hand-off takes. */
export interface HandOff {
  readonly kind: "hand-off";
  readonly name: string;
  readonly needs: readonly Feature[];
  /** Clients for each lock, as far as there are so many. */
  readonly clientsEach: number;
}

/** Locks that a connection takes in a row where a load has to find them free. */
const rowLocks = 256;

const one =
  (command: string, due: string): StepsOf =>
  (prefix, connection) => [{ command: `${command} ${prefix}-${connection}\n`, due }];

const row =
  (command: string, due: string): StepsOf =>
  (prefix, connection) =>
    Array.from({ length: rowLocks }, (_, at) => ({
      command: `${command} ${prefix}-${connection}-${at}\n`,
      due,
    }));

const both =
  (first: StepsOf, second: StepsOf): StepsOf =>
  (prefix, connection) => [...first(prefix, connection), ...second(prefix, connection)];

const held = { get: one("g", "1"), release: one("r", "1") };
const heldShared = { get: one("sg", positive), release: one("sr", "1") };

const commands: readonly Omit<Load, "kind" | "needs">[] = [
  { name: "load: inspect, free", steps: one("i", "0"), repeat: "round" },
  { name: "load: inspect, held", steps: one("i", "1"), held, repeat: "round" },
  { name: "load: get", steps: row("g", "1"), after: row("r", "1"), repeat: "once" },
  {
    name: "load: get again",
    before: one("g", "1"),
    steps: one("g", "1"),
    after: one("r", "1"),
    repeat: "round",
  },
  { name: "load: get, refused", steps: one("g", "0"), held, repeat: "round" },
  { name: "load: release", before: row("g", "1"), steps: row("r", "1"), repeat: "once" },
  { name: "load: release nothing", steps: one("r", "0"), repeat: "round" },
  {
    name: "load: get + release",
    steps: both(one("g", "1"), one("r", "1")),
    repeat: "round",
    after: one("r", "01"),
  },
  { name: "load: shared inspect, free", steps: one("si", "0"), repeat: "round" },
  {
    name: "load: shared inspect, held",
    steps: one("si", positive),
    held: heldShared,
    repeat: "round",
  },
  { name: "load: shared get", steps: row("sg", "1"), after: row("sr", "1"), repeat: "once" },
  {
    name: "load: shared get again",
    before: one("sg", "1"),
    steps: one("sg", "1"),
    after: one("sr", "1"),
    repeat: "round",
  },
  {
    name: "load: shared get, crowded",
    steps: crowd("sg", positive),
    after: crowd("sr", "1"),
    repeat: "once",
  },
  { name: "load: shared release", before: row("sg", "1"), steps: row("sr", "1"), repeat: "once" },
  { name: "load: shared release nothing", steps: one("sr", "0"), repeat: "round" },
  {
    name: "load: shared get + release",
    steps: both(one("sg", "1"), one("sr", "1")),
    repeat: "round",
    after: one("sr", "01"),
  },
];

export const loads: readonly (Load | HandOff)[] = [
  ...commands.map((load): Load => ({ kind: "commands", needs: [], ...load })),
  {
    kind: "hand-off",
    name: "load: hand-off, one lock",
    needs: ["waits", "fences"],
    clientsEach: Infinity,
  },
  {
    kind: "hand-off",
    name: "load: hand-off, few locks",
    needs: ["waits", "fences"],
    clientsEach: 10,
  },
];

/** The same locks for all connections, each with as many holders as there are. */
function crowd(command: string, due: string): StepsOf {
  return (prefix) =>
    Array.from({ length: rowLocks }, (_, at) => ({
      command: `${command} ${prefix}-all-${at}\n`,
      due,
    }));
}
