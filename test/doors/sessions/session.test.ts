/** A conversation: what is looked at when, in which order it is answered, and how it ends. */
import { describe, expect, test } from "bun:test";
import type { Lobby } from "../../../src/doors/lobby.ts";
import { backlogBytesMax } from "../../../src/limits.ts";
import { Parlour, type Peer } from "./parlour.ts";

const granted = /^[1-9]\d* Lock Get Success: lock$/;

/** Somebody holds "lock" and somebody waits for it, untagged. */
function waiting(): { parlour: Parlour; holder: Peer; waiter: Peer } {
  const parlour = new Parlour();
  const [holder, waiter] = [parlour.join(), parlour.join()];
  holder.ask("g lock");
  expect(waiter.ask("g own", "gw - lock")).toEqual(["1 Lock Get Success: own"]);
  return { parlour, holder, waiter };
}

describe("A session", () => {
  test("answers each command of a packet, in order, however the bytes come", () => {
    const due = ["1 Lock Get Success: a", "1 Lock Is Locked: a", "1 pong"];
    expect(new Parlour().join().ask("g a", "i a", "nonsense", "", "ping")).toEqual(due);
    const peer = new Parlour().join();
    for (const byte of "g a\ni a\nnonsense\n\nping\n") peer.send(byte);
    expect(peer.lines()).toEqual(due);
  });

  test("looks at nothing behind a wait, tagged or not, and does all of it when that is over", () => {
    const { holder, waiter } = waiting();
    expect(waiter.ask("ping", "@1 ping", "g later", "nonsense")).toEqual([]);
    expect(holder.ask("i later")).toEqual(["0 Lock Not Locked: later"]);
    holder.ask("r lock");
    const [grant, ...rest] = waiter.lines();
    expect(grant).toMatch(granted);
    expect(rest).toEqual(["1 pong", "@1 1 pong", "1 Lock Get Success: later"]);
  });

  test("goes on behind a tagged wait, and tells it when it is decided", () => {
    const parlour = new Parlour();
    const [holder, waiter] = [parlour.join(), parlour.join()];
    holder.ask("g lock");
    expect(waiter.ask("@a gw 5 lock", "@b gw - lock", "ping")).toEqual(["1 pong"]);
    expect(waiter.ask("@a ping")).toEqual(["@a 0 Tag In Use: a"]);
    parlour.clock.advance(5_000);
    expect(waiter.lines()).toEqual(["@a 0 Lock Get Failure: lock"]);
    expect(waiter.ask("@a ping")).toEqual(["@a 1 pong"]);
    holder.ask("r lock");
    const [grant = ""] = waiter.lines();
    expect(grant).toStartWith("@b ");
    expect(grant.slice(3)).toMatch(granted);
  });

  test("answers a cancelled wait first, then its cancelling, tagged too", () => {
    const parlour = new Parlour();
    const [holder, waiter] = [parlour.join(), parlour.join()];
    holder.ask("g lock");
    waiter.ask("@1 gw - lock", "@2 gw - lock");
    expect(waiter.ask("ping", "@3 x 1", "x 2", "x 2")).toEqual([
      "1 pong",
      "@1 0 Lock Get Failure: lock",
      "@3 1 Wait Cancelled: 1",
      "@2 0 Lock Get Failure: lock",
      "1 Wait Cancelled: 2",
      "0 No Such Wait: 2",
    ]);
    holder.ask("r lock");
    expect(waiter.lines()).toEqual([]);
    expect(holder.ask("i lock")).toEqual(["0 Lock Not Locked: lock"]);
  });

  test("tells each wait once, when one packet frees all that it waits for", () => {
    const parlour = new Parlour();
    const [holder, waiter] = [parlour.join(), parlour.join()];
    holder.ask("g first", "g lock");
    waiter.ask("@1 gw - first", "gw - lock");
    holder.ask("r first", "r lock");
    const lines = waiter.ask("ping");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^@1 [1-9]\d* Lock Get Success: first$/);
    expect(lines[1]).toMatch(granted);
    expect(lines[2]).toBe("1 pong");
  });
});

describe("Commands behind a wait", () => {
  const line = `i ${"n".repeat(1_021)}\n`;

  test("may be so many bytes, and one more ends the connection and frees what it held", () => {
    const { holder, waiter } = waiting();
    for (let sent = 0; sent < backlogBytesMax; sent += line.length) waiter.send(line);
    expect(waiter.isGone).toBe(false);
    expect(holder.ask("i own")).toEqual(["1 Lock Is Locked: own"]);
    waiter.send("\n");
    expect(waiter.isGone).toBe(true);
    expect(holder.ask("i own", "r lock", "i lock")).toEqual([
      "0 Lock Not Locked: own",
      "1 Lock Release Success: lock",
      "0 Lock Not Locked: lock",
    ]);
  });

  test("are all answered at the limit, once the wait is over", () => {
    const { holder, waiter } = waiting();
    const count = backlogBytesMax / line.length;
    expect(Number.isInteger(count)).toBe(true);
    for (let sent = 0; sent < count; sent++) waiter.send(line);
    holder.ask("r lock");
    const [grant, ...rest] = waiter.lines();
    expect(grant).toMatch(granted);
    expect(rest).toHaveLength(count);
    expect(rest.every((reply) => reply.startsWith("0 Lock Not Locked: nnn"))).toBe(true);
  });

  test("may come in one packet as well", () => {
    const { waiter } = waiting();
    waiter.send("x".repeat(backlogBytesMax));
    expect(waiter.isGone).toBe(false);
    waiter.send("x");
    expect(waiter.isGone).toBe(true);
  });

  test("are no limit for those that are done at once", () => {
    const peer = new Parlour().join();
    peer.send(line.repeat((2 * backlogBytesMax) / line.length));
    expect(peer.isGone).toBe(false);
    expect(peer.lines()).toHaveLength((2 * backlogBytesMax) / line.length);
  });
});

describe("A session whose peer sends no more", () => {
  test("finishes when all is answered", () => {
    const peer = new Parlour().join();
    expect(peer.ask("g a")).toEqual(["1 Lock Get Success: a"]);
    peer.session.endInput();
    expect(peer.port.endings).toEqual(["finish"]);
  });

  test("is not granted what it waits for: that has failed, and what is behind it is answered", () => {
    const { holder, waiter } = waiting();
    waiter.ask("ping", "gw - lock", "g more", "r own");
    waiter.session.endInput();
    expect(waiter.lines()).toEqual([
      "0 Lock Get Failure: lock",
      "1 pong",
      "0 Lock Get Failure: lock",
      "1 Lock Get Success: more",
      "1 Lock Release Success: own",
    ]);
    expect(waiter.port.endings).toContain("finish");
    holder.ask("r lock");
    expect(waiter.lines()).toEqual([]);
    expect(holder.ask("i lock")).toEqual(["0 Lock Not Locked: lock"]);
  });

  test("has its tagged waits answered too, each once", () => {
    const parlour = new Parlour();
    const [holder, waiter] = [parlour.join(), parlour.join()];
    holder.ask("g lock");
    waiter.ask("@1 gw - lock", "@2 gw - lock");
    waiter.session.endInput();
    expect(waiter.lines().toSorted()).toEqual([
      "@1 0 Lock Get Failure: lock",
      "@2 0 Lock Get Failure: lock",
    ]);
    expect(waiter.port.endings).toContain("finish");
  });

  test("does nothing when it has ended already", () => {
    const peer = new Parlour().join();
    peer.session.end("closed");
    peer.session.endInput();
    expect(peer.port.endings).toEqual(["close"]);
  });
});

describe("The end of a session", () => {
  test("frees what it held and forgets what it waited for, in the same turn", () => {
    const { holder, waiter } = waiting();
    const next = new Parlour().join();
    expect(next.ask("g lock")).toEqual(["1 Lock Get Success: lock"]);
    holder.session.end("reset");
    expect(waiter.lines()[0]).toMatch(granted);
    waiter.session.end("reset");
    waiter.session.end("again");
    expect(waiter.port.endings).toEqual(["close"]);
  });

  test("is final: nothing is said to it any more, and nobody waits for it", () => {
    const { holder, waiter } = waiting();
    waiter.session.end("reset");
    const said = waiter.port.text;
    holder.ask("r lock");
    waiter.send("ping\n");
    expect(waiter.port.text).toBe(said);
    expect(holder.ask("i lock")).toEqual(["0 Lock Not Locked: lock"]);
  });

  test("by us is counted, closes the port and destroys it", () => {
    const { parlour, waiter } = waiting();
    waiter.session.drop("a test");
    waiter.session.drop("a test");
    expect(waiter.port.endings).toEqual(["close", "destroy"]);
    expect(parlour.lobby.dropped).toBe(1);
    expect(parlour.lobby.sessions.size).toBe(1);
  });

  test("comes of itself after silence, once it asked for that", () => {
    const parlour = new Parlour();
    const peer = parlour.join();
    expect(peer.ask("beat 10", "g own")).toEqual(["1 ok", "1 Lock Get Success: own"]);
    parlour.clock.advance(9_999);
    peer.send("\n");
    parlour.clock.advance(9_999);
    expect(peer.isGone).toBe(false);
    parlour.clock.advance(1);
    expect(peer.isGone).toBe(true);
    const other = parlour.join();
    expect(other.ask("g own", "beat 10", "beat 0")).toEqual([
      "1 Lock Get Success: own",
      "1 ok",
      "1 ok",
    ]);
    parlour.clock.advance(1_000_000);
    expect(other.isGone).toBe(false);
  });
});

describe("A server that stops", () => {
  test("lets whoever is ready go, and refuses what others wait for", async () => {
    const { parlour, holder, waiter } = waiting();
    const curious = parlour.join();
    curious.ask("notify on");
    curious.ask("@1 gw - lock");
    const farewell = parlour.lobby.farewell(60_000);
    expect(waiter.lines()).toEqual(["0 Lock Get Failure: lock"]);
    // Why the wait has failed comes first.
    expect(curious.lines()).toEqual(["@! 0 Shutdown: 0", "@1 0 Lock Get Failure: lock"]);
    for (const peer of [holder, waiter, curious]) {
      expect(peer.port.endings.at(-1)).toBe("finish gently");
      // Nothing is done any more.
      expect(peer.ask("g another")).toEqual([]);
      peer.session.endInput();
      expect(peer.port.endings.at(-1)).toBe("finish");
      peer.session.end("closed");
    }
    await farewell;
    expect(parlour.lobby.sessions.size).toBe(0);
  });

  test("does not mind the silence of those who may not talk any more", () => {
    const parlour = new Parlour();
    const peer = parlour.join();
    peer.ask("beat 0.03");
    void parlour.lobby.farewell(60_000);
    parlour.clock.advance(1_000);
    expect(peer.port.endings).toEqual(["finish gently"]);
    peer.session.end("closed");
  });

  test.each([
    ["stops", (lobby: Lobby) => void lobby.farewell(60_000)],
    ["drains", (lobby: Lobby) => lobby.drain(60)],
  ])("grants nothing that becomes free while it %s", (_, stop) => {
    const { parlour, holder, waiter } = waiting();
    // What stands behind its wait is done once that has failed: a release, and more to take.
    waiter.send("r own\ng other\n");
    const late = parlour.join();
    late.send("gw - own\ng other\n");
    expect(holder.lines()).toEqual([]);
    stop(parlour.lobby);
    expect(waiter.lines()).toEqual([
      "0 Lock Get Failure: lock",
      "1 Lock Release Success: own",
      "0 Unavailable: shutting down",
    ]);
    expect(late.lines()).toEqual(["0 Lock Get Failure: own", "0 Unavailable: shutting down"]);
  });
});
