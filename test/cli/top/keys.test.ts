/** Bytes of a terminal and the keys that they are. */
import { expect, test } from "bun:test";
import { keysOf } from "../../../src/cli/top/keys.ts";

test.each([
  ["q", ["q"]],
  ["ab", ["a", "b"]],
  ["é🔑", ["é", "🔑"]],
  ["\u001B[A\u001B[B", ["<up>", "<down>"]],
  ["\u001BOA", ["<up>"]],
  ["\u001B[5~\u001B[6~", ["<pageUp>", "<pageDown>"]],
  ["\u001B[H\u001B[4~", ["<home>", "<end>"]],
  ["\u001B", ["<escape>"]],
  ["\u001Bq", ["<escape>", "q"]],
  ["\u001B[1;5Cq", ["<unknown>", "q"]],
  ["\u001B[200~", ["<unknown>"]],
  ["\u001B[<0;10;20M", ["<unknown>"]],
  [
    "\r\u0003\u001A\u007F\u0015\u000C",
    ["<enter>", "<interrupt>", "<suspend>", "<backspace>", "<clear>", "<redraw>"],
  ],
  ["\u0001\u009B", ["<unknown>", "<unknown>"]],
])("%j is %j", (text, expected) => {
  const told = keysOf(text).map((key) => (key.kind === "text" ? key.text : `<${key.kind}>`));
  expect(told).toEqual(expected);
});
