/** The requests of a lock stay in the order in which they came, whoever leaves or changes hands. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as Lock from "../../../src/core/records/lock-words.ts";
import * as Request from "../../../src/core/records/request-words.ts";
import { RequestLists } from "../../../src/core/records/request-lists.ts";
import { Slab } from "../../../src/core/records/slab.ts";

const lockCount = 3;
const sessionCount = 4;

interface Entry {
  readonly request: number;
  session: number;
}

function setup(): { locks: Slab; lists: RequestLists; ids: number[] } {
  const locks = new Slab({ wordBits: Lock.wordBits, doubles: false });
  const ids = Array.from({ length: lockCount }, () => {
    const lock = locks.allocate();
    locks.set(lock, Lock.first, 0);
    locks.set(lock, Lock.last, 0);
    return lock;
  });
  return { locks, lists: new RequestLists(locks), ids };
}

function follow(records: Slab, first: number, word: number): number[] {
  const found: number[] = [];
  for (let request = first; request !== 0; request = records.get(request, word)) {
    found.push(request);
  }
  return found;
}

test("a lock's list is the same from either end, and a request is in its session's list", () => {
  const step = fc.record({
    do: fc.constantFrom("append", "append", "remove", "give"),
    lock: fc.nat(lockCount - 1),
    session: fc.nat(sessionCount - 1),
    which: fc.nat(30),
  });
  const property = fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
    const { locks, lists, ids } = setup();
    const { records } = lists;
    const due = new Map(ids.map((id) => [id, [] as Entry[]]));
    for (const { do: what, lock, session, which } of steps) {
      const list = due.get(ids[lock]!)!;
      const at = list.length === 0 ? -1 : which % list.length;
      if (what === "append") {
        list.push({ request: lists.append(ids[lock]!, session), session });
      } else if (at !== -1 && what === "remove") {
        lists.remove(list.splice(at, 1)[0]!.request);
      } else if (at !== -1) {
        lists.give(list[at]!.request, session);
        list[at]!.session = session;
      }
      const requests = list.map(({ request }) => request);
      expect(follow(records, locks.get(ids[lock]!, Lock.first), Request.next)).toEqual(requests);
      const backwards = follow(records, locks.get(ids[lock]!, Lock.last), Request.previous);
      expect(backwards).toEqual(requests.toReversed());
    }
    const all = [...due].flatMap(([lock, list]) => list.map((entry) => ({ lock, ...entry })));
    expect(records.count).toBe(all.length);
    for (const { lock, request, session } of all) {
      expect(records.get(request, Request.lock)).toBe(lock);
      expect(records.get(request, Request.session)).toBe(session);
    }
    for (let session = 0; session < sessionCount; session++) {
      const own = all.filter((entry) => entry.session === session).map(({ request }) => request);
      const listed = follow(records, lists.sessions.first(session), Request.sessionNext);
      expect(listed.toSorted((a, b) => a - b)).toEqual(own.toSorted((a, b) => a - b));
    }
  });
  fc.assert(property, { numRuns: 400 });
});

test("a request that changes hands is its new session's newest", () => {
  const { lists, ids } = setup();
  const first = lists.append(ids[0]!, 1);
  const second = lists.append(ids[0]!, 2);
  lists.give(first, 2);
  expect(lists.sessions.first(1)).toBe(0);
  expect(follow(lists.records, lists.sessions.first(2), Request.sessionNext)).toEqual([
    first,
    second,
  ]);
});
