/** Every method of the client, through every door, under both runtimes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DoorName,
  doorNames,
  type ServerProcess,
  startProcess,
} from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { optionsOf } from "./calls.ts";
import { because, type Library, library, type Runtime, runtimes } from "./library.ts";
import { type Step, suites } from "./steps.ts";

const player = readFileSync(join(import.meta.dir, "player.cjs"), "utf8");

let packed: Library;
beforeAll(async () => void (packed = await library()), testMilliseconds);
afterAll(() => packed[Symbol.asyncDispose]());

describe.each(runtimes)("Under %s", (runtime, reason) => {
  describe.each(doorNames.map((door) => [door]))("through the %s door", (door) => {
    test.skipIf(reason !== undefined).each(suites)(
      `each callback gets what it should: %s${because(reason)}`,
      async (_, flags, steps) => {
        await using server = await startProcess(...flags);
        const got = await play(runtime, server, door, steps);
        expect(got).toEqual(steps.map(([, expected]) => [...expected]));
      },
      testMilliseconds,
    );

    test.skipIf(reason !== undefined)(
      "getStats counts what was done",
      async () => {
        await using server = await startProcess();
        const calls: readonly string[][] = [
          ["get", "x"],
          ["inspect", "x"],
          ["getShared", "y"],
          ["getStats"],
        ];
        const steps = calls.map((each): Step => [["a", ...each], []]);
        const stats = (await play(runtime, server, door, steps)).at(-1)?.[1] as object;
        const [first, ...keys] = Object.keys(stats);
        expect([first, keys.at(-1)]).toEqual(["command_d", "shared_orphans"]);
        expect(stats).toMatchObject({
          command_g: 1,
          command_i: 1,
          command_me: 1,
          command_q: 1,
          command_sg: 1,
          connections: 1,
          locks: 1,
          orphans: 0,
          shared_locks: 1,
        });
      },
      testMilliseconds,
    );
  });
});

async function play(
  runtime: Runtime,
  { doors }: ServerProcess,
  door: DoorName,
  steps: readonly Step[],
): Promise<unknown[][]> {
  const calls = steps.map(([each]) => each);
  const printed = await packed.run(runtime, player, { connect: optionsOf(doors, door), calls });
  return printed
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
