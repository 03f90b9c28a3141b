/** Faults of what the older servers do as well, and the rules that each of them breaks. */
import type { Broken } from "./broken.ts";

export const older: Broken = {
  "answers only the first command of a packet": [
    "framing: thousands of commands in one write are answered in order",
  ],
  "answers unknown commands": [
    "unknown commands: they get no reply, and the connection goes on",
    "unknown commands: each is counted",
  ],
  "counts a blank line": ["unknown commands: a blank line is none, and not counted"],
  "counts commands twice": ["statistics: q and i count once, before the answer"],
  "counts holders in shared_locks": ["statistics: locks and shared_locks count names, not holders"],
  "decodes names": [
    "names: any bytes come back as they went",
    "names: bytes that look alike as text are different locks",
  ],
  "does not fold white space": [
    "names: spaces around them are dropped, runs within count as one",
    "names: tab, VT, FF and CR are white space as well",
  ],
  "drops replies after a half-close": [
    "framing: after a half-close the reply still comes, then the connection ends",
    "framing: after a half-close thousands of replies still come",
    "waiting: with a half-close it fails, and the connection ends",
  ],
  "dumps in the order of acquisition": [
    "listings: dump shows names in order, with addresses and not registered names",
    "listings: dump shared shows all holders of each name",
  ],
  "forgets orphans": [
    "statistics: each lock of an ended connection is an orphan",
    "orphans: a closed connection's locks are free",
    "orphans: a half-closed connection's locks are free",
    "orphans: a reset connection's locks are free",
    "orphans: a killed process's locks are free",
    "orphans: what others hold stays theirs",
    "departures: the next in line has the locks of a holder that closed",
    "departures: the next in line has the locks of a holder that was reset",
    "departures: the next in line has the lock of a killed process",
    "semaphores: the place of a holder that is gone goes to who waits",
    "leases: TTL - ends with the connection",
    "leases: TTL 0 outlives the connection until somebody releases it",
    "leases: a TTL outlives the connection while it lasts",
    "conduct: a silent connection with a beat ends, and its locks with it",
    "orphans: nothing is left of this whole run",
  ],
  "forgets shared orphans": [
    "statistics: each lock of an ended connection is an orphan",
    "orphans: a closed connection's locks are free",
    "orphans: a half-closed connection's locks are free",
    "orphans: a reset connection's locks are free",
    "orphans: a killed process's locks are free",
    "orphans: what others hold stays theirs",
    "semaphores: the place of a holder that is gone goes to who waits",
    "orphans: nothing is left of this whole run",
  ],
  "forgets who was reset": [
    "orphans: a reset connection's locks are free",
    "departures: a waiter that was reset is never granted",
    "departures: the next in line has the locks of a holder that was reset",
    "orphans: nothing is left of this whole run",
  ],
  "gives no orphan count": ["statistics: each lock of an ended connection is an orphan"],
  "grants twice": [
    "exclusive: one client holds a lock, all others are refused",
    "names: no name at all is the empty name",
    "names: spaces within a name belong to it",
    "concurrency: a lock never has two holders, however many fight for it",
    "concurrency: of many who ask at once exactly one gets the lock",
    "waiting: nobody slips in between a release and the next grant",
  ],
  "grants twice now and then": [
    "concurrency: a lock never has two holders, however many fight for it",
  ],
  "is not idempotent": ["exclusive: getting again succeeds and one release frees it"],
  "keeps names of the registry": ["registry: a name goes with its connection"],
  "lists shared holders backwards": [
    "listings: sd NAME shows the holders in the order in which they came",
    "keys: each requestor has a line in d",
  ],
  "loses a command cut in two": [
    "framing: thousands of commands in one write are answered in order",
    "framing: a command may come byte by byte",
    "framing: packets may be cut anywhere",
    "framing: after a half-close thousands of replies still come",
    "bounds: a line too long is answered once, skipped, and changes nothing",
  ],
  "miscounts shared holders": [
    "shared: everybody gets it and is told how many hold it",
    "concurrency: shared holders who come at once are counted once each",
  ],
  "mixes up both kinds": ["exclusive: a shared lock of the same name is another lock"],
  "orders replies wrongly": [
    "framing: thousands of commands in one write are answered in order",
    "framing: several clients' commands in one write each stay apart",
    "framing: after a half-close thousands of replies still come",
  ],
  "releases for anybody": [
    "exclusive: nobody releases another client's lock",
    "keys: g and kg exclude each other, on one connection as well",
    "freeing: an administrator takes a lock from its holder, who is told if it asked",
  ],
};
