/** The client's cases under Bun, from the sources; node.test.ts runs the same ones. */
import { beforeAll, describe, test } from "bun:test";
import { compiledBinary } from "../binary.ts";
import { testMilliseconds } from "../wait-for.ts";
import { binaryVariable, Room } from "./room.ts";
import { themes } from "./themes.ts";

beforeAll(async () => {
  process.env[binaryVariable] = await compiledBinary();
});

for (const [theme, cases] of Object.entries(themes)) {
  describe(theme, () => {
    for (const [sentence, run] of Object.entries(cases)) {
      test(
        sentence,
        async () => {
          const room = new Room();
          try {
            await run(room);
          } finally {
            await room.leave();
          }
        },
        testMilliseconds,
      );
    }
  });
}
