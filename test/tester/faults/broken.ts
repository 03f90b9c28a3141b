/** What a table of faults is. */
import type { Fault } from "../reference/fault.ts";

/** By fault the rules that it breaks, all of them, in the order in which they run. */
export type Broken = Readonly<Partial<Record<Fault, readonly string[]>>>;

/** Faults that show on the network only; the others are tried over unix sockets, which cost less. */
export const networkFaults: ReadonlySet<Fault> = new Set([
  "drops replies after a half-close",
  "forgets who was reset",
  "frees for anybody",
  "grants to the dead",
  "loses a command cut in two",
  "shows keys",
  "takes all requestors for one",
  "waits on after a half-close",
]);
