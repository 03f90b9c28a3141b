/** Cycles of untagged waits, which would last for ever. */
import type { Client } from "../../client.ts";
import type { Rule, RuleContext } from "../../rule.ts";
import { isGranted, people, queues, releases, seenWaiting, shortSeconds } from "./words.ts";

/** Each holds a lock and waits for the next one's; the last one's wait would close the cycle. */
async function cycle(context: RuleContext, length: number): Promise<void> {
  const clients = await context.connectMany(length);
  const watcher = await context.connect("w");
  const links = clients.map((client, at) => ({ client, own: context.name(`own-${at}`) }));
  for (const { client, own } of links)
    await client.expect(`g ${own}`, `1 Lock Get Success: ${own}`);
  const [first, ...others] = links;
  const last = links.at(-1);
  if (first === undefined || last === undefined) return;
  for (const [at, { own }] of others.entries()) {
    links[at]?.client.send(`gw - ${own}`);
    await seenWaiting(watcher, own, 1);
  }
  await last.client.expect(`gw - ${first.own}`, `0 Deadlock: ${first.own}`);
  await unwound(links.toReversed());
}

/** Each release lets the one who waits for that lock go on. */
async function unwound(links: readonly { client: Client; own: string }[]): Promise<void> {
  for (const [at, { client, own }] of links.entries()) {
    await releases(client, own);
    const next = links[at + 1]?.client;
    if (next !== undefined) await isGranted(next, `r ${own} of its holder`, own);
  }
}

export const deadlockRules: readonly Rule[] = [
  {
    name: "deadlocks: two that would wait for each other are found",
    needs: ["waits", "ls", "dump"],
    run: (context) => cycle(context, 2),
  },
  {
    name: "deadlocks: a longer cycle is found",
    needs: ["waits", "ls", "dump"],
    run: (context) => cycle(context, 5),
  },
  {
    name: "deadlocks: a chain is none",
    needs: ["waits", "tags", "ls", "dump"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const [first, second] = [context.name("first"), context.name("second")];
      await a.expect(`g ${first}`, `1 Lock Get Success: ${first}`);
      await b.expect(`g ${second}`, `1 Lock Get Success: ${second}`);
      b.send(`gw - ${first}`);
      await seenWaiting(a, first, 1);
      c.send(`gw - ${second}`);
      await seenWaiting(a, second, 1);
      await releases(a, first);
      await isGranted(b, `r ${first} of its holder`, first);
      await releases(b, second);
      await isGranted(c, `r ${second} of its holder`, second);
    },
  },
  {
    name: "deadlocks: tagged waits take no part",
    needs: ["waits", "tags", "ls", "dump"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const [first, second] = [context.name("first"), context.name("second")];
      await a.expect(`g ${first}`, `1 Lock Get Success: ${first}`);
      await b.expect(`g ${second}`, `1 Lock Get Success: ${second}`);
      await queues(a, `gw - ${second}`);
      await b.expect(`gw ${shortSeconds} ${first}`, `0 Lock Get Failure: ${first}`);
      b.send(`gw - ${first}`);
      await seenWaiting(a, first, 1);
      await releases(a, first);
      await isGranted(b, `r ${first} of its holder`, first);
    },
  },
];
