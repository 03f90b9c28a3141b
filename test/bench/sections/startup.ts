/** From exec to listening. */
import type { Section } from "./section.ts";
import { start } from "../servers.ts";
import { median, table } from "../table.ts";

const startsMax = 20;

export const startup: Section = {
  name: "startup",
  async run({ glockd, scale, write }) {
    const starts = Math.max(3, Math.round(startsMax * scale));
    const milliseconds: number[] = [];
    for (let at = 0; at < starts; at += 1) {
      const began = performance.now();
      const server = await start(glockd);
      milliseconds.push(performance.now() - began);
      await server.stop();
    }
    const values = [Math.min(...milliseconds), median(milliseconds), Math.max(...milliseconds)];
    write(`Milliseconds from exec until a connection is accepted; ${starts} starts.\n`);
    write(
      table(
        ["", "min", "median", "max"],
        [[glockd.name, ...values.map((value) => value.toFixed(1))]],
      ),
    );
  },
};
