/** The connection itself: `ping`, `beat`, `notify`, `version`, `help`. */
import type { Rule } from "../../rule.ts";
import { people, shortSeconds, takes } from "./words.ts";

/** Every command that the protocol names. */
const documented =
  "g r i d dump sg sr si sd me iam who q gw sgw f x kg kr kt ping beat auth notify ls free sfree version help".split(
    " ",
  );

export const conductRules: readonly Rule[] = [
  {
    name: "conduct: ping is answered",
    needs: ["version"],
    async run({ connect }) {
      const a = await connect("a");
      for (let time = 0; time < 2; time += 1) await a.expect("ping", "1 pong");
    },
  },
  {
    name: "conduct: version tells name, version and features, and help each command",
    needs: ["version"],
    async run({ connect }) {
      const a = await connect("a");
      const version = await a.expect("version", /^1 glockd \S+( [a-z]+)+$/);
      await a.expect("version", version);
      const lines = await a.listing("help");
      const words = new Set(lines.map((line) => line.split(" ")[0]));
      const absent = documented.filter((command) => !words.has(command));
      if (absent.length > 0)
        throw a.failure("help", `no line for ${absent.join(", ")}`, documented.join(" "));
    },
  },
  {
    name: "conduct: a silent connection with a beat ends, and its locks with it",
    needs: ["beat", "waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("silent");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`beat ${shortSeconds}`, "1 ok");
      await takes(b, `gw - ${lock}`, lock);
      await a.expectEnd(`beat ${shortSeconds}, then nothing`);
    },
  },
  {
    name: "conduct: beat 0 lets a connection be silent again",
    needs: ["beat", "waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("kept");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      // In one packet, so that it cannot be silent for too long in between.
      a.send(`beat ${shortSeconds}\nbeat 0`);
      for (let time = 0; time < 2; time += 1) await a.receive("beat", "1 ok");
      await b.expect(`gw ${2 * shortSeconds} ${lock}`, `0 Lock Get Failure: ${lock}`);
      await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "conduct: whoever asked for it is told of a lock that lapsed",
    needs: ["notify", "keys", "waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("lapsed");
      await a.expect("notify on", "1 ok");
      await takes(a, `kg k ${shortSeconds} 0 ${lock}`, lock);
      await a.receive(`kg k ${shortSeconds} 0 ${lock}`, `@! 0 Lock Lost: ${lock}`);
      await takes(b, `gw 0 ${lock}`, lock);
    },
  },
  {
    name: "conduct: whoever did not ask, or no longer does, is told nothing",
    needs: ["notify", "keys", "waits"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const locks = [context.name("unasked"), context.name("no-longer")];
      await b.expect("notify on", "1 ok");
      await b.expect("notify off", "1 ok");
      for (const [at, client] of [a, b].entries()) {
        const lock = locks[at] ?? "";
        await takes(client, `kg k ${shortSeconds} 0 ${lock}`, lock);
        await takes(c, `gw - ${lock}`, lock);
        await client.expectQuiet(`kg k ${shortSeconds} 0 ${lock}`);
      }
    },
  },
];
