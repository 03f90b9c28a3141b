/** What has to be equal in a table and the law, after every step and at the end. */
import { expect } from "bun:test";
import * as Lock from "../../../src/core/records/lock-words.ts";
import * as Request from "../../../src/core/records/request-words.ts";
import type { Pair } from "./pair.ts";
import { nameOf, names, people } from "./steps.ts";

/** Every lock has the holders and waiters that the law says, in order. */
export function compare(pair: Pair): void {
  for (const mode of ["exclusive", "shared"] as const) {
    const space = pair.table.space(mode);
    for (let lock = 0; lock < names.length; lock++) {
      const due = pair.law.holders(`${mode} ${lock}`);
      const id = space.find(nameOf(lock));
      const sessions: number[] = [];
      const counts: number[] = [];
      let request = id === 0 ? 0 : space.locks.get(id, Lock.first);
      for (let left = id === 0 ? 0 : space.locks.get(id, Lock.holders); left > 0; left--) {
        sessions.push(space.requests.get(request, Request.session));
        counts.push(space.holders.keyedBy(request)?.count ?? 1);
        request = space.requests.get(request, Request.next);
      }
      expect({ mode, lock, sessions }).toEqual({
        mode,
        lock,
        sessions: due.map(({ session }) => session),
      });
      expect(counts).toEqual(due.map(({ count }) => count));
      for (const { session } of due.filter((held) => held.session !== 0)) {
        expect(space.holders.bySession(id, session)).not.toBe(0);
      }
    }
    if (pair.unswept.length !== 0) continue;
    const lists = [...pair.law.locks].filter(([name]) => name.startsWith(mode));
    expect(space.locks.count).toBe(lists.length);
    expect(space.requests.count).toBe(lists.reduce((sum, [, list]) => sum + list.length, 0));
    expect(space.waits.size).toBe(
      lists.reduce((sum, [name, list]) => sum + list.length - pair.law.holders(name).length, 0),
    );
  }
}

/** When all are gone and what outlived them is freed, nothing is left. */
export function finish(pair: Pair): void {
  for (let i = 0; i < people; i++) pair.end(i, true);
  for (const mode of ["exclusive", "shared"] as const) {
    for (let lock = 0; lock < names.length; lock++) {
      pair.table.free(pair.table.space(mode), nameOf(lock));
    }
    expect(pair.table.space(mode).locks.count).toBe(0);
    expect(pair.table.space(mode).requests.count).toBe(0);
    expect(pair.table.space(mode).waits.size).toBe(0);
  }
  expect(pair.table.state.deadlines.size).toBe(0);
  expect(pair.table.sessions.departing).toBe(0);
}
