/** What a session asked for is found from the session alone. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as Request from "../../../src/core/records/request-words.ts";
import { SessionLists } from "../../../src/core/records/session-lists.ts";
import { Slab } from "../../../src/core/records/slab.ts";

/** Around the sizes at which the list of heads grows. */
const sessions = [0, 1, 2, 63, 64, 65, 128, 100_000];

interface Setup {
  requests: Slab;
  lists: SessionLists;
  push(session: number): number;
}

function setup(): Setup {
  const requests = new Slab({ wordBits: Request.wordBits, doubles: true });
  const lists = new SessionLists(requests);
  return {
    requests,
    lists,
    push(session) {
      const request = requests.allocate();
      requests.set(request, Request.session, session);
      lists.push(session, request);
      return request;
    },
  };
}

/** All of a session's requests as its end comes upon them; they are gone then. */
function drain({ requests, lists }: Setup, session: number): number[] {
  const list: number[] = [];
  for (let request = lists.first(session); request !== 0; request = lists.first(session)) {
    list.push(request);
    lists.remove(request);
    requests.release(request);
  }
  return list;
}

test("a session that never asked for anything has nothing, however large its number", () => {
  const { lists } = setup();
  for (const session of sessions) expect(lists.first(session)).toBe(0);
});

test("the newest request is first, for each session by itself", () => {
  const all = setup();
  const due = new Map(sessions.map((session) => [session, [] as number[]]));
  for (let round = 0; round < 3; round++) {
    for (const session of sessions) due.get(session)!.unshift(all.push(session));
  }
  for (const session of sessions) expect(drain(all, session)).toEqual(due.get(session)!);
});

test("what is preferred comes before all else, and removals leave the others in order", () => {
  const step = fc.record({
    do: fc.constantFrom("push", "push", "remove", "prefer"),
    session: fc.constantFrom(...sessions),
    which: fc.nat(20),
  });
  const property = fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
    const all = setup();
    const due = new Map(sessions.map((session) => [session, new Due()]));
    for (const { do: what, session, which } of steps) {
      const list = due.get(session)!;
      if (what === "push") list.ordinary.unshift(all.push(session));
      const request = list.requests[which % Math.max(1, list.requests.length)];
      if (request === undefined || what === "push") continue;
      list.remove(request);
      if (what === "prefer") {
        all.lists.prefer(request);
        list.preferred.unshift(request);
      } else {
        all.lists.remove(request);
        all.requests.release(request);
      }
      for (const [other, { requests }] of due) {
        expect(all.lists.first(other)).toBe(requests[0] ?? 0);
      }
    }
    for (const [session, { requests }] of due) expect(drain(all, session)).toEqual(requests);
    expect(all.requests.count).toBe(0);
  });
  fc.assert(property, { numRuns: 300 });
});

/** What a session's lists should hold. */
class Due {
  preferred: number[] = [];
  ordinary: number[] = [];

  get requests(): number[] {
    return [...this.preferred, ...this.ordinary];
  }

  remove(request: number): void {
    this.preferred = this.preferred.filter((other) => other !== request);
    this.ordinary = this.ordinary.filter((other) => other !== request);
  }
}
