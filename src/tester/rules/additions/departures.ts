/** Who is gone is never granted, and who is gone holds up nobody. */
import type { Client } from "../../client.ts";
import type { Rule, RuleContext } from "../../rule.ts";
import { isGranted, people, queues, releases, seenWaiting } from "./words.ts";

/** One waits, one behind it; the first leaves the line, and the second has to have the lock. */
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
  // The server may learn of the end after it learnt of a release; that is no fault of it.
  await seenWaiting(holder, lock, 1);
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
    needs: ["waits", "tags", "ls", "dump"],
    run: (context) => waiterLeaves(context, (waiter) => waiter.connection.close()),
  },
  {
    name: "departures: a waiter that was reset is never granted",
    needs: ["waits", "tags", "ls", "dump"],
    run: (context) => waiterLeaves(context, (waiter) => waiter.connection.reset()),
  },
  {
    name: "departures: a waiter whose process was killed is never granted",
    needs: ["waits", "tags", "ls", "dump"],
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
