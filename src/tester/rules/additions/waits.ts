/** Waiting for an exclusive lock: `gw`, and leaving the line: `x`. */
import type { Rule } from "../../rule.ts";
import {
  expectNotEarly,
  isGranted,
  people,
  queues,
  releases,
  seenWaiting,
  shortSeconds,
  takes,
} from "./words.ts";

export const waitRules: readonly Rule[] = [
  {
    name: "waiting: a free lock is had at once, however long one would wait",
    needs: ["waits"],
    async run({ connect, name }) {
      const a = await connect("a");
      for (const seconds of ["0", "0.5", "5", "2592000", "-"]) {
        const lock = name("free");
        await takes(a, `gw ${seconds} ${lock}`, lock);
        await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      }
    },
  },
  {
    name: "waiting: 0 seconds do not wait",
    needs: ["waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("held");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await b.expect(`gw 0 ${lock}`, `0 Lock Get Failure: ${lock}`);
      await releases(a, lock);
      await b.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "waiting: who came first is served first, and one at a time",
    needs: ["waits", "tags"],
    async run({ connectMany, name }) {
      const [holder, ...waiters] = await connectMany(6);
      const lock = name("line");
      let last = holder;
      await holder?.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      for (const waiter of waiters) await queues(waiter, `gw - ${lock}`);
      for (const [at, waiter] of waiters.entries()) {
        await last?.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
        await isGranted(waiter, `r ${lock} of its holder`, lock, "wait");
        for (const other of waiters.slice(at + 1))
          await other.expectQuiet(`the grant of ${lock} to another`);
        last = waiter;
      }
    },
  },
  {
    name: "waiting: nobody slips in between a release and the next grant",
    needs: ["waits", "tags"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("handed");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw - ${lock}`);
      const sent = `r ${lock}\ng ${lock}\ngw 0 ${lock}\ni ${lock}`;
      a.send(sent);
      await a.receive(sent, `1 Lock Release Success: ${lock}`);
      for (let time = 0; time < 2; time += 1) await a.receive(sent, `0 Lock Get Failure: ${lock}`);
      await a.receive(sent, `1 Lock Is Locked: ${lock}`);
      await isGranted(b, `r ${lock} of its holder`, lock, "wait");
    },
  },
  {
    name: "waiting: it ends with a failure when its time is up, and not before",
    needs: ["waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("late");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      const since = performance.now();
      await b.expect(`gw ${shortSeconds} ${lock}`, `0 Lock Get Failure: ${lock}`);
      expectNotEarly(b, since, `gw ${shortSeconds} ${lock}`);
      await releases(a, lock);
    },
  },
  {
    name: "waiting: who gave up is never granted, and who stood behind is",
    needs: ["waits", "tags"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("given-up");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw ${shortSeconds} ${lock}`);
      await queues(c, `gw - ${lock}`);
      await b.receive(`gw ${shortSeconds} ${lock}`, `@wait 0 Lock Get Failure: ${lock}`);
      await releases(a, lock);
      await isGranted(c, `r ${lock} of its holder`, lock, "wait");
      await b.expectQuiet(`r ${lock} of its holder`);
    },
  },
  {
    name: "waiting: x ends a wait at once, which fails and is never granted",
    needs: ["waits", "tags"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("cancelled");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw - ${lock}`, "w");
      await queues(c, `gw - ${lock}`);
      const due = [`@w 0 Lock Get Failure: ${lock}`, "1 Wait Cancelled: w"];
      b.send("x w");
      const came = [await b.reply("x w", due.join(", ")), await b.reply("x w", due.join(", "))];
      if (came.toSorted().join("\n") !== due.toSorted().join("\n"))
        throw b.failure("x w", came.join(", "), due.join(", "));
      await b.expect("x w", "0 No Such Wait: w");
      await releases(a, lock);
      await isGranted(c, `r ${lock} of its holder`, lock, "wait");
      await b.expectQuiet(`r ${lock} of its holder`);
    },
  },
  {
    name: "waiting: x finds only what its own connection still waits for",
    needs: ["waits", "tags"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("waited");
      await a.expect("x w", "0 No Such Wait: w");
      await a.expect(`@w gw - ${lock}`, /^@w [1-9]/);
      await a.expect("x w", "0 No Such Wait: w");
      await queues(b, `gw - ${lock}`, "w");
      await a.expect("x w", "0 No Such Wait: w");
      await releases(a, lock);
      await isGranted(b, `r ${lock} of its holder`, lock, "w");
    },
  },
  {
    name: "waiting: without a tag it holds up what stands behind it, tagged or not",
    needs: ["waits", "tags", "ls", "dump"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("blocking");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      const sent = `gw - ${lock}\n@t i ${lock}\ni ${lock}`;
      b.send(sent);
      await seenWaiting(a, lock, 1);
      await releases(a, lock);
      await isGranted(b, sent.replaceAll("\n", ", "), lock);
      await b.receive(sent, `@t 1 Lock Is Locked: ${lock}`);
      await b.receive(sent, `1 Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "waiting: with a half-close it fails, and the connection ends",
    needs: ["waits", "tags", "stream"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("last");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw - ${lock}`);
      b.connection.halfClose();
      // It may as well be gone, and who is gone must not be granted.
      const sent = `@wait gw - ${lock}, then the end of input`;
      await b.receive(sent, `@wait 0 Lock Get Failure: ${lock}`);
      await b.expectEnd(sent);
      await releases(a, lock);
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
    },
  },
];
