/** A listener that takes nobody in for a while. */
import { expect, test } from "bun:test";
import { holdNewcomers } from "../../../src/system/listening/newcomers.ts";
import { LineClient } from "../../peers/line-client.ts";
import { testMilliseconds } from "../../wait-for.ts";

test.skipIf(process.platform !== "linux")(
  "Newcomers are let in once they are held off no more, and whoever is in stays",
  async () => {
    const socket = {
      data: (one: Bun.Socket, bytes: Uint8Array) => void one.write(bytes),
    };
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
    const { port } = listener;
    const descriptor = (listener as unknown as { fd: number }).fd;
    const inside = await LineClient.connect({ port });
    expect(holdNewcomers(descriptor, true)).toBe(true);
    let isIn = false;
    const outside = LineClient.connect({ port }).then((client) => {
      isIn = true;
      return client;
    });
    for (let word = 0; word < 100; word += 1) expect(await inside.ask("ping")).toBe("ping");
    expect(isIn).toBe(false);
    expect(holdNewcomers(descriptor, false)).toBe(true);
    expect(await (await outside).ask("ping")).toBe("ping");
    listener.stop(true);
  },
  testMilliseconds,
);
