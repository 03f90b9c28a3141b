/** Who is gone is never granted, and who is gone holds up nobody. */
import type { Client } from "../../client.ts";
import type { Rule, RuleContext } from "../../rule.ts";
import { isGranted, people, queues, releases, seenWaiting } from "./words.ts";

/** One waits, one behind it; the first leaves, and the second has to have the lock. */
async function waiterLeaves(context: RuleContext, leave: (waiter: Client) => void): Promise<void> {
  const [a, b, c] = await people(context, "a", "b", "c");
  const lock = context.name("left");
  await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
  await queues(b, `gw - ${lock}`);
  await queues(c, `gw - ${lock}`);
  leave(b);
  await handedOn(a, c, lock);
}

/** From its holder to the one who stands behind who is gone; it is free then. */
async function handedOn(holder: Client, next: Client, lock: string): Promise<void> {
  await releases(holder, lock);
  await isGranted(next, `r ${lock}; the first in line is gone`, lock, "wait");
  await releases(next, lock);
  await next.becomes(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
}

async function holderLeaves(context: RuleContext, leave: (holder: Client) => void): Promise<void> {
  const [a, b, c] = await people(context, "a", "b", "c");
  const [lock, other] = [context.name("handed"), context.name("other")];
  await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
  await a.expect(`g ${other}`, `1 Lock Get Success: ${other}`);
  await queues(b, `gw - ${lock}`);
  await queues(c, `gw - ${other}`);
  leave(a);
  await isGranted(b, "the end of the holder", lock, "wait");
  await isGranted(c, "the end of the holder", other, "wait");
}

export const departureRules: readonly Rule[] = [
  {
    name: "departures: a waiter that closed is never granted, and who stood behind is",
    needs: ["waits", "tags"],
    run: (context) => waiterLeaves(context, (waiter) => waiter.connection.close()),
  },
  {
    name: "departures: a waiter that was reset is never granted",
    needs: ["waits", "tags"],
    run: (context) => waiterLeaves(context, (waiter) => waiter.connection.reset()),
  },
  {
    name: "departures: a waiter whose process was killed is never granted",
    needs: ["waits", "tags"],
    async run(context) {
      const [a, c] = await people(context, "a", "c");
      const lock = context.name("killed");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      const child = await context.process("waits", lock);
      await queues(c, `gw - ${lock}`);
      await child.kill();
      await handedOn(a, c, lock);
    },
  },
  {
    name: "departures: who leaves stands in line no longer, while the lock is still held",
    needs: ["waits", "tags", "ls", "dump"],
    async run(context) {
      const a = await context.connect("a");
      const lock = context.name("line");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      const [closing, resetting] = await people(context, "closing", "resetting");
      for (const client of [closing, resetting]) await queues(client, `gw - ${lock}`);
      const child = await context.process("waits", lock);
      await seenWaiting(a, lock, 3);
      closing.connection.close();
      await seenWaiting(a, lock, 2);
      resetting.connection.reset();
      await seenWaiting(a, lock, 1);
      await child.kill();
      await seenWaiting(a, lock, 0);
    },
  },
  {
    name: "departures: a waiter without a tag that closed is never granted",
    needs: ["waits", "tags", "ls", "dump"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("blocked");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      b.send(`gw - ${lock}`);
      await seenWaiting(a, lock, 1);
      await queues(c, `gw - ${lock}`);
      b.connection.close();
      await handedOn(a, c, lock);
    },
  },
  {
    name: "departures: the next in line has the locks of a holder that closed",
    needs: ["waits", "tags"],
    run: (context) => holderLeaves(context, (holder) => holder.connection.close()),
  },
  {
    name: "departures: the next in line has the locks of a holder that was reset",
    needs: ["waits", "tags"],
    run: (context) => holderLeaves(context, (holder) => holder.connection.reset()),
  },
  {
    name: "departures: the next in line has the lock of a killed process",
    needs: ["waits", "tags"],
    async run(context) {
      const b = await context.connect("b");
      const lock = context.name("killed");
      const child = await context.process("holds", lock);
      await queues(b, `gw - ${lock}`);
      await child.kill();
      await isGranted(b, "the end of the holder's process", lock, "wait");
    },
  },
];
