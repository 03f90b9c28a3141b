/** What one client, or all together, may have: both sides of every limit. */
import { describe, expect, test } from "bun:test";
import { defaultLimits } from "../../../src/limits.ts";
import { Parlour } from "./parlour.ts";

describe("The limit of tags", () => {
  test("lets so many tagged commands wait, refuses one more, and counts those that wait only", () => {
    const parlour = new Parlour({ tagsMax: 2 });
    const [holder, peer] = [parlour.join(), parlour.join()];
    holder.ask("g lock");
    expect(peer.ask("@1 gw - lock", "@2 gw - lock")).toEqual([]);
    expect(peer.ask("@3 gw - lock", "@4 gw - free", "@5 gw 0 lock", "@6 ping")).toEqual([
      "@3 0 Limit Reached: tags",
      expect.stringMatching(/^@4 [1-9]\d* Lock Get Success: free$/),
      "@5 0 Lock Get Failure: lock",
      "@6 1 pong",
    ]);
    expect(peer.ask("x 1", "@3 gw - lock")).toEqual([
      "@1 0 Lock Get Failure: lock",
      "1 Wait Cancelled: 1",
    ]);
    // An untagged wait needs no tag; others have tags of their own.
    expect(parlour.join().ask("@1 gw - lock", "@2 gw - lock")).toEqual([]);
    expect(peer.ask("gw 1 lock")).toEqual([]);
    parlour.clock.advance(1_000);
    expect(peer.lines()).toEqual(["0 Lock Get Failure: lock"]);
  });
});

describe.each([
  ["waiters of a lock", { lockWaitersMax: 3 }, "another"],
  ["waiters in all", { waitersMax: 3 }, "lock"],
] as const)("The limit of %s", (what, limits, secondLock) => {
  test("lets so many stand in line and refuses one more, until one leaves", () => {
    const parlour = new Parlour(limits);
    const [holder, peer] = [parlour.join(), parlour.join()];
    holder.ask("g lock", "g another", "sg places");
    expect(peer.ask("@1 gw - lock", "@2 gw - lock", "@3 gw - lock")).toEqual([]);
    expect(peer.ask(`@4 gw - lock`)).toEqual(["@4 0 Limit Reached: waiters"]);
    expect(peer.ask("@4 kg k - - lock")).toEqual(["@4 0 Limit Reached: waiters"]);
    if (what === "waiters of a lock") {
      expect(peer.ask(`@4 gw - ${secondLock}`)).toEqual([]);
    } else {
      expect(peer.ask("@4 sgw 1 - places")).toEqual(["@4 0 Limit Reached: waiters"]);
    }
    expect(peer.ask("x 2", "@5 gw - lock")).toEqual([
      "@2 0 Lock Get Failure: lock",
      "1 Wait Cancelled: 2",
    ]);
    expect(peer.ask("@6 gw - lock")).toEqual(["@6 0 Limit Reached: waiters"]);
  });
});

describe("The limit of locks", () => {
  test("counts names over both kinds, and refuses one more until one is free", () => {
    const parlour = new Parlour({ locksMax: 3 });
    const [peer, other] = [parlour.join(), parlour.join()];
    expect(peer.ask("g a", "sg a", "gw - b")).toHaveLength(3);
    expect(other.ask("g c", "sg c", "gw - c", "sgw 0 - c", "kg k 0 - c", "@1 gw 0 c")).toEqual([
      "0 Limit Reached: locks",
      "0 Limit Reached: locks",
      "0 Limit Reached: locks",
      "0 Limit Reached: locks",
      "0 Limit Reached: locks",
      "@1 0 Limit Reached: locks",
    ]);
    // More holders of a lock that is there need no more room.
    expect(other.ask("sg a", "g a")).toEqual([
      "2 Shared Lock Get Success: a",
      "0 Lock Get Failure: a",
    ]);
    peer.ask("r a");
    expect(other.ask("g c")).toEqual(["1 Lock Get Success: c"]);
  });
});

describe("The limit of a key's length", () => {
  test.each(["kg KEY - 0 lock", "kr KEY lock", "kt KEY 0 lock"])("holds for %s", (command) => {
    const peer = new Parlour({ keyBytesMax: 8 }).join();
    const [fits] = peer.ask(command.replace("KEY", "12345678"));
    expect(fits).not.toContain("Bad Request");
    expect(peer.ask(command.replace("KEY", "123456789"))).toEqual([
      "0 Bad Request: KEY is longer than 8 bytes",
    ]);
    expect(peer.ask(`@t ${command.replace("KEY", "123456789")}`)).toEqual([
      "@t 0 Bad Request: KEY is longer than 8 bytes",
    ]);
  });
});

describe("The limit of a name's length", () => {
  const longest = "n".repeat(defaultLimits.nameBytesMax);
  const commands = ["g", "r", "i", "d", "sg", "sr", "si", "sd", "iam", "who", "f", "ls"];
  const partTwo = ["gw 0", "sgw 0 0", "kg k - 0", "kr k", "kt k 0"];

  test.each([...commands, ...partTwo])("holds for %s", (command) => {
    const peer = new Parlour().join();
    expect(peer.ask(`${command} ${longest}n`, "i foo")).toEqual([
      "0 Name Too Long",
      "0 Lock Not Locked: foo",
    ]);
    expect(peer.ask(`${command} ${longest}`).join("\n")).not.toContain("Too Long");
    expect(peer.ask(`@t ${command} ${longest}n`)).toEqual(["@t 0 Name Too Long"]);
  });

  test("changes nothing: what was too long is not held, and no name is registered", () => {
    const peer = new Parlour().join();
    peer.ask(`g ${longest}n`, `iam ${longest}n`);
    expect(peer.ask("d", "me")).toEqual(["1 1.2.3.4:1 1.2.3.4:1"]);
  });
});

describe("The limit of a line's length", () => {
  const { lineBytesMax } = defaultLimits;

  test("takes a command of so many bytes, and refuses one more, by its tag if it has one", () => {
    const peer = new Parlour().join();
    const filling = "x".repeat(lineBytesMax);
    expect(peer.ask(filling, "ping")).toEqual(["1 pong"]);
    expect(peer.ask(`${filling}x`, "ping")).toEqual(["0 Line Too Long", "1 pong"]);
    expect(peer.ask(`@tag ${filling}`, "ping")).toEqual(["@tag 0 Line Too Long", "1 pong"]);
    expect(peer.ask(`@no/tag ${filling}`, "ping")).toEqual(["0 Line Too Long", "1 pong"]);
    expect(peer.ask("q")).toContain("invalid_commands: 1");
  });

  test("keeps the connection and its locks", () => {
    const parlour = new Parlour();
    const peer = parlour.join();
    peer.ask("g lock", "x".repeat(10 * lineBytesMax));
    expect(peer.isGone).toBe(false);
    expect(parlour.join().ask("i lock")).toEqual(["1 Lock Is Locked: lock"]);
  });
});
