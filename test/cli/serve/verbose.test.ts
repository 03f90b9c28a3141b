/** What -verbose tells of a hold, from its begin to its end. */
import { expect, test } from "bun:test";
import { Glockd, onlyUnix, scratch } from "../glockd.ts";
import { LineClient } from "../../peers/line-client.ts";
import { testMilliseconds } from "../../wait-for.ts";

test(
  "A holder has the same name in the log when it takes a lock and when it leaves it behind",
  async () => {
    await using room = scratch();
    const unix = room.path("socket");
    await using server = await Glockd.start([...onlyUnix(unix), "-verbose"]);
    await server.logged("listening");
    const [named, nameless] = [
      await LineClient.connect({ unix }),
      await LineClient.connect({ unix }),
    ];
    // The name in UTF-8.
    await named.ask("iam worker-\xc3\xa4");
    await named.ask("g first");
    await nameless.ask("g second");
    named.socket.drop();
    nameless.socket.drop();
    for (const [lock, holder] of [
      ["first", "client=unix:1 name=worker-ä"],
      ["second", "client=unix:2"],
    ] as const) {
      const begin = await server.logged(`granted mode=exclusive lock=${lock}`);
      expect(begin).toBe(`granted mode=exclusive lock=${lock} ${holder}`);
      expect(await server.logged(`orphaned mode=exclusive lock=${lock}`)).toBe(
        begin.replace("granted", "orphaned"),
      );
    }
  },
  testMilliseconds,
);
