/** The lines of each kind of listing, put out some at a time. */
import type { Snapshot } from "../core/snapshot.ts";
import type { Identity, Pages } from "./listing.ts";

/** Lines that are there already. */
export function textPages(lines: readonly string[]): Pages {
  let at = 0;
  return {
    lines: lines.length,
    oneReply: false,
    next(out, linesMax) {
      const end = Math.min(lines.length, at + linesMax);
      while (at < end) out.textLine(lines[at++]!);
      return at < lines.length;
    },
  };
}

/** `NAME: HOLDER`, a line a holder. */
export function holderPages(snapshot: Snapshot<Identity>): Pages {
  const holders = everyHolder(snapshot);
  return {
    lines: snapshot.holders,
    oneReply: false,
    next: (out, linesMax) =>
      holders.next(linesMax, (lock, n) => {
        snapshot.putName(lock, out);
        out.text(": ");
        out.textLine(labelOf(snapshot, lock, n));
      }),
  };
}

/** `map[NAME:ADDR NAME:ADDR]`, or with lists of addresses for shared locks: one line. */
export function dumpPages(snapshot: Snapshot<Identity>): Pages {
  const holders = everyHolder(snapshot);
  const shared = snapshot.mode === "shared";
  let begun = false;
  return {
    lines: snapshot.holders,
    oneReply: true,
    next(out, holdersMax) {
      if (!begun) out.text("map[");
      begun = true;
      const more = holders.next(holdersMax, (lock, n) => {
        if (n === 0) {
          if (lock > 0) out.text(" ");
          snapshot.putName(lock, out);
          out.text(shared ? ":[" : ":");
        }
        if (shared) {
          out.text(n === 0 ? addressOf(snapshot, lock, n) : ` ${addressOf(snapshot, lock, n)}`);
          if (n === snapshot.holderCount(lock) - 1) out.text("]");
        } else if (n === 0) {
          out.text(addressOf(snapshot, lock, n));
        }
      });
      if (!more) out.textLine("]");
      return more;
    },
  };
}

/** Goes through all holders of all locks, a few at a time. */
function everyHolder(snapshot: Snapshot<Identity>): {
  next(most: number, visit: (lock: number, n: number) => void): boolean;
} {
  let lock = 0;
  let n = 0;
  return {
    next(most, visit) {
      for (let left = most; left > 0 && lock < snapshot.locks; left--) {
        visit(lock, n);
        if (++n >= snapshot.holderCount(lock)) {
          lock++;
          n = 0;
        }
      }
      return lock < snapshot.locks;
    },
  };
}

/** The requestor of a keyed hold; else the registered name, else the address. */
function labelOf(snapshot: Snapshot<Identity>, lock: number, n: number): string {
  return snapshot.keyedOf(lock, n)?.requestor ?? snapshot.ownerOf(lock, n)?.label ?? "";
}

/** The requestor of a keyed hold; else the address. */
function addressOf(snapshot: Snapshot<Identity>, lock: number, n: number): string {
  return snapshot.keyedOf(lock, n)?.requestor ?? snapshot.ownerOf(lock, n)?.address ?? "";
}
