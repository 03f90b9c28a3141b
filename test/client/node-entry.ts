/** The client's cases under Node, against the built library: see node.test.ts. */
import { describe, test } from "node:test";
import { testMilliseconds } from "../wait-for.ts";
import { Room } from "./room.ts";
import { themes } from "./themes.ts";

for (const [theme, cases] of Object.entries(themes)) {
  void describe(theme, () => {
    for (const [sentence, run] of Object.entries(cases)) {
      void test(sentence, { timeout: testMilliseconds }, async () => {
        const room = new Room();
        try {
          await run(room);
        } finally {
          await room.leave();
        }
      });
    }
  });
}
