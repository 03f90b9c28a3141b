/** One listing on its way: said and done once, whatever happens to its client. */
import { describe, expect, test } from "bun:test";
import { Showing } from "../../../src/doors/showing.ts";
import { linesPerStep, listingStallSeconds } from "../../../src/limits.ts";
import { textPages } from "../../../src/protocol/pages.ts";
import { turn } from "../../wait-for.ts";
import { FakePort, Parlour } from "./parlour.ts";

describe("A showing", () => {
  test("is said and done once", () => {
    const { log, showing, port, begin } = alone(2);
    begin();
    showing.end();
    showing.goOn();
    expect(log).toEqual(["said", "done"]);
    expect(port.text).toBe("line 0\nline 1\n");
  });

  test("tells that nobody reads it, when it has stood still for so long", () => {
    const { pass, log, port, begin } = alone(10 * linesPerStep);
    port.partsUntilBlocked = 1;
    begin();
    pass(listingStallSeconds * 1_000 - 1);
    expect(log).toEqual([]);
    pass(1);
    expect(log).toEqual(["stalled"]);
  });

  test("gives its snapshot back at once when its connection went before it was gathered", () => {
    const { log, showing, port, begin } = alone(2);
    showing.end();
    begin();
    expect(log).toEqual(["done"]);
    expect(port.text).toBe("");
  });

  test("says nothing more when its connection goes in the middle", async () => {
    const { pass, log, showing, port, begin } = alone(10 * linesPerStep);
    port.blocked = true;
    begin();
    showing.end();
    port.blocked = false;
    showing.goOn();
    await turn();
    pass(listingStallSeconds * 1_000);
    expect(log).toEqual(["done"]);
    expect(port.text).toBe("");
  });
});

/** A showing of so many lines in a parlour of its own. */
function alone(lines: number): {
  pass(milliseconds: number): void;
  log: string[];
  showing: Showing;
  port: FakePort;
  begin(): void;
} {
  const { lobby, clock } = new Parlour();
  const log: string[] = [];
  const port = new FakePort();
  const showing = new Showing({
    lobby,
    port,
    tag: null,
    onEnd: () => void log.push("said"),
    onStall: () => void log.push("stalled"),
  });
  const pages = textPages(Array.from({ length: lines }, (_, line) => `line ${line}`));
  return {
    log,
    showing,
    port,
    begin: () => showing.begin(pages, () => void log.push("done")),
    pass(milliseconds) {
      // Whoever comes by sets the timer.
      lobby.engine.enter();
      lobby.engine.leave();
      clock.advance(milliseconds);
    },
  };
}
