/** All about locks as JSON, an object a line: `ls`. */
import type { Client } from "../../client.ts";
import { visible } from "../../failure.ts";
import type { Rule } from "../../rule.ts";
import { addressOf } from "../registry.ts";
import { listed, people, queues, takes, type Listed } from "./words.ts";

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Compares what is listed under `prefix` with what is due, as JSON. */
async function expectListed(client: Client, prefix: string, due: readonly Listed[]): Promise<void> {
  const came = await listed(client, prefix);
  const [shown, wanted] = [JSON.stringify(comparable(came)), JSON.stringify(comparable(due))];
  if (shown !== wanted) throw client.failure(`ls ${prefix}`, visible(shown), visible(wanted));
}

/** Only what the protocol names, in one order; a time is only looked at for what it is. */
function comparable(locks: readonly Listed[]): unknown {
  return locks.map(({ name, mode, waiters, holders }) => [
    name,
    mode,
    waiters,
    holders.map((holder) => [
      holder.client,
      holder.name,
      holder.count,
      holder.fence,
      timestamp.test(holder.since),
      holder.expires === null ? null : timestamp.test(holder.expires),
    ]),
  ]);
}

/** As due of a plain holder; what differs is given. */
function holding(holder: Partial<Listed["holders"][number]>): Listed["holders"][number] {
  const since = new Date(0).toISOString();
  return { client: null, name: null, count: 1, fence: 0, since, expires: null, ...holder };
}

export const listedLockRules: readonly Rule[] = [
  {
    name: "ls: it tells the holder and how many wait",
    needs: ["ls", "dump", "waits", "tags"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("described");
      const fence = await takes(a, `gw 0 ${lock}`, lock);
      for (const client of [b, c]) await queues(client, `gw - ${lock}`);
      const holders = [holding({ client: await addressOf(a), fence })];
      await expectListed(b, lock, [
        { name: lock, mode: "exclusive", key: null, waiters: 2, holders },
      ]);
    },
  },
  {
    name: "ls: names that begin with the prefix, exclusive ones first, sorted",
    needs: ["ls", "dump"],
    async run(context) {
      const a = await context.connect("a");
      const prefix = context.name("sorted");
      const [first, second, third] = [`${prefix}-A`, `${prefix}-a`, `${prefix}-b`];
      for (const command of [`g ${third}`, `g ${first}`, `sg ${second}`, `sg ${first}`])
        await a.expect(command, /^1 /);
      const names = async (of: string): Promise<string> =>
        (await listed(a, of)).map(({ name, mode }) => `${mode} ${name}`).join(", ");
      const due = `exclusive ${first}, exclusive ${third}, shared ${first}, shared ${second}`;
      const came = await names(prefix);
      if (came !== due) throw a.failure(`ls ${prefix}`, came, due);
      const one = await names(third);
      if (one !== `exclusive ${third}`) throw a.failure(`ls ${third}`, one, `exclusive ${third}`);
      if (!(await names("")).includes(due.split(", ")[0] ?? ""))
        throw a.failure("ls", `no ${first}`, "all locks");
    },
  },
  {
    name: "ls: of a key it tells each requestor's count, fence and time",
    needs: ["ls", "dump", "keys", "registry"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("keyed");
      const [first, second] = [context.name("reader"), context.name("reader")];
      await a.expect(`iam ${first}`, "1 ok");
      await b.expect(`iam ${second}`, "1 ok");
      const fence = await takes(a, `kg k - 0 ${lock}`, lock);
      for (let time = 0; time < 2; time += 1) await takes(a, `kg k - 0 ${lock}`, lock);
      const other = await takes(b, `kg k 600 0 ${lock}`, lock);
      const came = (await listed(b, lock))[0];
      await b.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
      const told = came?.holders.map(({ name, count, fence: its, expires }) => [
        name,
        count,
        its,
        expires === null ? null : timestamp.test(expires),
      ]);
      const due = [
        [first, 3, fence, null],
        [second, 1, other, true],
      ];
      if (JSON.stringify(told) !== JSON.stringify(due))
        throw b.failure(`ls ${lock}`, JSON.stringify(told), JSON.stringify(due));
    },
  },
  {
    name: "ls: keys are not shown to everybody",
    needs: ["ls", "dump", "keys", "registry", "ordinary"],
    async run({ connect, name }) {
      const a = await connect("a");
      const [lock, key] = [name("secret"), name("key")];
      await a.expect(`iam ${name("reader")}`, "1 ok");
      await takes(a, `kg ${key} - 0 ${lock}`, lock);
      const [line = ""] = await a.listing(`ls ${lock}`);
      if (line.includes(key)) throw a.failure(`ls ${lock}`, visible(line), "no key");
    },
  },
];
