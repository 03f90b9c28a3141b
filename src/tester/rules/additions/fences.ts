/** Numbers that the guarded resource can compare: in grants, and asked for with `f`. */
import type { Client } from "../../client.ts";
import type { Rule } from "../../rule.ts";
import { expectRising, isGranted, people, queues, releases, takes } from "./words.ts";

/** The fence of a lock that this client holds. */
async function fenceOf(client: Client, lock: string): Promise<number> {
  const behind = ` Lock Fence: ${lock}`;
  const came = await client.ask(`f ${lock}`, `FENCE${behind}`);
  if (!/^[1-9]\d* /.test(came) || !came.endsWith(behind))
    throw client.failure(`f ${lock}`, came, `FENCE${behind}`);
  return Number(came.slice(0, -behind.length));
}

export const fenceRules: readonly Rule[] = [
  {
    name: "fences: each is larger than all before it, of whatever lock and client",
    needs: ["waits", "fences", "tags"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const [first, second, plain] = ["first", "second", "plain"].map(context.name) as [
        string,
        string,
        string,
      ];
      const fences = [
        await takes(a, `gw 0 ${first}`, first),
        await takes(b, `gw 5 ${second}`, second),
      ];
      await a.expect(`g ${plain}`, `1 Lock Get Success: ${plain}`);
      fences.push(await fenceOf(a, plain));
      await queues(c, `gw - ${first}`);
      await releases(a, first);
      fences.push(await isGranted(c, `r ${first} of its holder`, first, "wait"));
      for (let again = 0; again < 2; again += 1) {
        await releases(b, second);
        fences.push(await takes(b, `gw - ${second}`, second));
      }
      expectRising(fences, `gw, g and f of ${first}, ${second} and ${plain}`);
    },
  },
  {
    name: "fences: asking again while holding tells the same",
    needs: ["waits", "fences"],
    async run({ connect, name }) {
      const a = await connect("a");
      const [lock, plain] = [name("again"), name("plain")];
      const fence = await takes(a, `gw 0 ${lock}`, lock);
      await a.expect(`g ${plain}`, `1 Lock Get Success: ${plain}`);
      for (const command of ["gw 0", "gw -"])
        await a.expect(`${command} ${lock}`, `${fence} Lock Get Success: ${lock}`);
      for (let time = 0; time < 2; time += 1)
        await a.expect(`f ${lock}`, `${fence} Lock Fence: ${lock}`);
      const other = await fenceOf(a, plain);
      await a.expect(`gw 0 ${plain}`, `${other} Lock Get Success: ${plain}`);
    },
  },
  {
    name: "fences: f tells them to the holder only",
    needs: ["waits", "fences", "tags"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("private");
      await a.expect(`f ${lock}`, `0 Lock Not Held: ${lock}`);
      await takes(a, `gw 0 ${lock}`, lock);
      await b.expect(`f ${lock}`, `0 Lock Not Held: ${lock}`);
      await queues(b, `gw - ${lock}`);
      await b.expect(`f ${lock}`, `0 Lock Not Held: ${lock}`);
      await releases(a, lock);
      const fence = await isGranted(b, `r ${lock} of its holder`, lock, "wait");
      await a.expect(`f ${lock}`, `0 Lock Not Held: ${lock}`);
      await b.expect(`f ${lock}`, `${fence} Lock Fence: ${lock}`);
    },
  },
];
