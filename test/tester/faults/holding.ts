/** Faults of keys, leases, conduct and listings, and the rules that each of them breaks. */
import type { Broken } from "./broken.ts";

export const holding: Broken = {
  "asks nobody for a key": [
    "keys: all with the same key hold it together, another key waits for all of them",
  ],
  "counts a holder as a waiter": ["ls: it tells the holder and how many wait"],
  "counts keys down one by one": [
    "keys: however often it was got, one kr releases it",
    "keys: a requestor that holds it already is no new arrival",
  ],
  "ends leases with their connections": [
    "leases: TTL 0 outlives the connection until somebody releases it",
    "leases: a TTL outlives the connection while it lasts",
  ],
  "forgets commands in help": [
    "conduct: version tells name, version and features, and help each command",
  ],
  "frees for anybody": ["freeing: it is denied to everybody but administrators"],
  "frees one holder of many": [
    "freeing: an administrator takes a shared lock from all of its holders",
  ],
  "frees without a word": [
    "freeing: an administrator takes a lock from its holder, who is told if it asked",
  ],
  "ignores beats": ["conduct: a silent connection with a beat ends, and its locks with it"],
  "ignores the end of a beat": ["conduct: beat 0 lets a connection be silent again"],
  "keeps keys for ever": [
    "leases: TTL - ends with the connection",
    "orphans: nothing is left of this whole run",
  ],
  "keeps leases for ever": [
    "leases: when the TTL is over the lock goes to the next in line, and not before",
    "leases: kt renews the TTL, from any connection that knows the key",
    "conduct: whoever asked for it is told of a lock that lapsed",
    "conduct: whoever did not ask, or no longer does, is told nothing",
    "orphans: nothing is left of this whole run",
  ],
  "knows no prefix": [
    "deadlocks: two that would wait for each other are found",
    "deadlocks: a longer cycle is found",
    "ls: names that begin with the prefix, exclusive ones first, sorted",
  ],
  "lapses too soon": [
    "leases: when the TTL is over the lock goes to the next in line, and not before",
  ],
  "lapses without a word": ["conduct: whoever asked for it is told of a lock that lapsed"],
  "lends nobody's key": ["keys: - is nobody's: it is never shared, and anyone may release it"],
  "lets in one reader at a time": ["keys: all readers that wait in a row are let in together"],
  "lets readers pass": ["keys: a reader does not pass a writer that waits"],
  "lets requestors queue again": ["keys: a requestor that holds it already is no new arrival"],
  "lists in the order of acquisition": [
    "ls: names that begin with the prefix, exclusive ones first, sorted",
  ],
  "lists one requestor of many": ["keys: each requestor has a line in d"],
  "mixes g and kg": [
    "keys: g and kg exclude each other, on one connection as well",
    "keys: all readers that wait in a row are let in together",
  ],
  "releases under any key": [
    "keys: another key, or another requestor, releases nothing",
    "leases: kt renews nothing that is not held, or under another key",
    "orphans: nothing is left of this whole run",
  ],
  "renews nothing": ["leases: kt renews the TTL, from any connection that knows the key"],
  "renews what is not there": [
    "leases: when the TTL is over the lock goes to the next in line, and not before",
    "leases: kt renews nothing that is not held, or under another key",
  ],
  "says pang": [
    "tags: a reply bears the tag of its command",
    "conduct: ping is answered",
    "bad requests: malformed arguments of x, beat and notify are refused",
  ],
  "shows keys": ["ls: keys are not shown to everybody"],
  "takes all requestors for one": [
    "keys: all with the same key hold it together, another key waits for all of them",
    "keys: another key, or another requestor, releases nothing",
    "keys: a reader does not pass a writer that waits",
    "keys: each requestor has a line in d",
    "ls: of a key it tells each requestor's count, fence and time",
    "ls: keys are not shown to everybody",
  ],
  "takes bad arguments": [
    "bad requests: malformed arguments of waits are refused and change nothing",
    "bad requests: malformed arguments of limits are refused and change nothing",
    "bad requests: malformed arguments of keys are refused and change nothing",
    "bad requests: malformed arguments of x, beat and notify are refused",
  ],
  "takes short keys only": ["keys: 128 bytes are one, more are not"],
  "tells everybody what lapsed": [
    "leases: when the TTL is over the lock goes to the next in line, and not before",
    "conduct: whoever did not ask, or no longer does, is told nothing",
  ],
  "tells no counts": ["ls: of a key it tells each requestor's count, fence and time"],
};
