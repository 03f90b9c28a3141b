/**
 * Runs every conversation of test/transcripts over every door that speaks lines, said
 * as a whole, line by line and byte by byte, each with a server of its own.
 */
import { describe, expect, test } from "bun:test";
import { openVenue, readScenes } from "./transcripts/runner/house.ts";
import { paces } from "./transcripts/runner/peer.ts";
import { Mismatch, play } from "./transcripts/runner/stage.ts";
import { parseTranscript } from "./transcripts/runner/script.ts";
import { testMilliseconds } from "./wait-for.ts";

for (const { file, scenes } of readScenes()) {
  describe(file, () => {
    for (const scene of scenes) {
      const roads = scene.doors.flatMap((door) => paces.map((pace) => ({ door, pace })));
      test.each(roads.map((road) => [`${road.door}, ${road.pace}`, road] as const))(
        `${scene.title}: over %s`,
        async (_, road) => {
          const venue = await openVenue(scene);
          try {
            await play(scene, road, venue);
          } finally {
            await venue.stop();
          }
        },
        testMilliseconds,
      );
    }
  });
}

describe("The transcripts", () => {
  const wrong: readonly (readonly [string, string])[] = [
    ["a reply with another text", "a> g x\na< 1 Lock Get Success: y"],
    ["a reply that does not come", "a> nonsense\na< 1 ok"],
    ["a reply that nobody expects", "a> g x\nb> me\nb< 1 $B $B"],
    ["an address of somebody else", "a> me\nb> me\nb< 1 $B $B\na< 1 $B $B"],
    [
      "lines in another order",
      "a> sg x\na< 1 $any\nb> sg x\nb< 2 $any\na> sd x\na< x: $B\na| x: $A",
    ],
    ["a missing line of a listing", "a> g x\na< 1 $any\na> g y\na< 1 $any\na> d\na~ x: $A"],
    ["a connection that stays open", "a! open\na> me\nb> me\nb< 1 $B $B"],
  ];
  test.each(wrong)("fail on %s", async (_, text) => {
    const [scene] = parseTranscript("example", `== wrong\n${text}\n`);
    if (scene === undefined) throw new Error("no scene");
    for (const pace of paces) {
      const venue = await openVenue(scene);
      try {
        const road = { door: "tcp", pace, patience: 200 } as const;
        await expect(play(scene, road, venue)).rejects.toBeInstanceOf(Mismatch);
      } finally {
        await venue.stop();
      }
    }
  });
});
