/** Who holds what: `d`, `sd`, `dump`, `dump shared`. */
import type { Client } from "../client.ts";
import type { Rule } from "../rule.ts";
import { addressOf, shortList } from "./registry.ts";

async function expectLines(client: Client, command: string, due: readonly string[]): Promise<void> {
  const listed = await client.listing(command);
  if (listed.join("\n") !== due.join("\n"))
    throw client.failure(command, shortList(listed), shortList(due));
}

async function expectAmong(client: Client, command: string, due: readonly string[]): Promise<void> {
  const listed = await client.listing(command);
  const found = listed.filter((line) => due.includes(line));
  if (found.toSorted().join("\n") !== due.toSorted().join("\n"))
    throw client.failure(command, shortList(listed), `these lines among others: ${due.join(", ")}`);
}

/** `map[…]` has to hold both entries, in this order. */
async function expectMap(
  client: Client,
  command: string,
  first: string,
  second: string,
): Promise<void> {
  const map = await client.ask(command, "map[…]");
  const [at, then] = [entryIn(map, first), entryIn(map, second)];
  const whole = map.startsWith("map[") && map.endsWith("]");
  if (!whole || at === -1 || then === -1 || then < at)
    throw client.failure(command, map, `map[…] with ${first} before ${second}`);
}

/** Where an entry starts between its separators, or -1. */
function entryIn(map: string, entry: string): number {
  const inner = ` ${map.slice("map[".length, -1)} `;
  return inner.indexOf(` ${entry} `);
}

export const listingRules: readonly Rule[] = [
  {
    name: "listings: d NAME shows the holder, or nothing",
    needs: ["dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("two words");
      await b.expectNothing(`d ${lock}`);
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await expectLines(b, `d ${lock}`, [`${lock}: ${await addressOf(a)}`]);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await b.expectNothing(`d ${lock}`);
    },
  },
  {
    name: "listings: d shows every exclusive lock",
    needs: ["dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const [first, second, shared] = [name("first"), name("second"), name("shared")];
      await a.expect(`g ${first}`, `1 Lock Get Success: ${first}`);
      await b.expect(`g ${second}`, `1 Lock Get Success: ${second}`);
      await b.expect(`sg ${shared}`, `1 Shared Lock Get Success: ${shared}`);
      await expectAmong(b, "d", [
        `${first}: ${await addressOf(a)}`,
        `${second}: ${await addressOf(b)}`,
      ]);
      const stray = (await b.listing("d")).find((line) => line.startsWith(`${shared}: `));
      if (stray !== undefined) throw b.failure("d", stray, "no shared lock");
    },
  },
  {
    name: "listings: sd NAME shows the holders in the order in which they came",
    needs: ["dump"],
    async run({ connect, name }) {
      const [a, b, c] = [await connect("a"), await connect("b"), await connect("c")];
      const lock = name("shared");
      const due: string[] = [];
      await b.expectNothing(`sd ${lock}`);
      for (const client of [b, c, a]) {
        await client.ask(`sg ${lock}`);
        due.push(`${lock}: ${await addressOf(client)}`);
      }
      await expectLines(b, `sd ${lock}`, due);
      await c.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await expectLines(b, `sd ${lock}`, due.toSpliced(1, 1));
    },
  },
  {
    name: "listings: sd shows every holder of every shared lock",
    needs: ["dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const [first, second] = [name("first"), name("second")];
      const [mine, other] = [await addressOf(a), await addressOf(b)];
      await a.expect(`sg ${first}`, `1 Shared Lock Get Success: ${first}`);
      await b.expect(`sg ${first}`, `2 Shared Lock Get Success: ${first}`);
      await b.expect(`sg ${second}`, `1 Shared Lock Get Success: ${second}`);
      await expectAmong(a, "sd", [
        `${first}: ${mine}`,
        `${first}: ${other}`,
        `${second}: ${other}`,
      ]);
    },
  },
  {
    name: "listings: d and sd show registered names",
    needs: ["dump", "registry"],
    async run({ connect, name }) {
      const a = await connect("a");
      const [lock, worker] = [name("lock"), name("worker")];
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await a.expect(`iam ${worker}`, "1 ok");
      await expectLines(a, `d ${lock}`, [`${lock}: ${worker}`]);
      await expectLines(a, `sd ${lock}`, [`${lock}: ${worker}`]);
      await a.expect("iam", "1 ok");
      await expectLines(a, `d ${lock}`, [`${lock}: ${await addressOf(a)}`]);
    },
  },
  {
    name: "listings: dump shows names in order, with addresses and not registered names",
    needs: ["dump"],
    async run({ connect, name }) {
      const a = await connect("a");
      const [prefix, mine] = [name("dump"), await addressOf(a)];
      await a.ask(`iam ${name("worker")}`);
      for (const lock of [`${prefix}-b`, `${prefix}-a`])
        await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await expectMap(a, "dump", `${prefix}-a:${mine}`, `${prefix}-b:${mine}`);
    },
  },
  {
    name: "listings: dump shared shows all holders of each name",
    needs: ["dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const prefix = name("dump");
      const [mine, other] = [await addressOf(a), await addressOf(b)];
      await b.expect(`sg ${prefix}-b`, `1 Shared Lock Get Success: ${prefix}-b`);
      await b.expect(`sg ${prefix}-a`, `1 Shared Lock Get Success: ${prefix}-a`);
      await a.expect(`sg ${prefix}-a`, `2 Shared Lock Get Success: ${prefix}-a`);
      await expectMap(a, "dump shared", `${prefix}-a:[${other} ${mine}]`, `${prefix}-b:[${other}]`);
    },
  },
];
