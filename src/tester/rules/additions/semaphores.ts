/** Shared locks with a limit: `sgw`. */
import type { Rule } from "../../rule.ts";
import { people, queues, shortSeconds } from "./words.ts";

export const semaphoreRules: readonly Rule[] = [
  {
    name: "semaphores: no more than the limit hold it",
    needs: ["limits"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("two");
      await a.expect(`sgw 2 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sgw 2 0 ${lock}`, `2 Shared Lock Get Success: ${lock}`);
      await c.expect(`sgw 2 0 ${lock}`, `0 Shared Lock Get Failure: ${lock}`);
      await c.expect(`sgw 3 0 ${lock}`, `3 Shared Lock Get Success: ${lock}`);
      await a.expect(`si ${lock}`, `3 Shared Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "semaphores: a released place is had by who asks next",
    needs: ["limits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("place");
      await a.expect(`sgw 1 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await a.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await b.expect(`sgw 1 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await a.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "semaphores: 0 is no limit",
    needs: ["limits"],
    async run({ connectMany, name }) {
      const lock = name("unlimited");
      for (const [at, client] of (await connectMany(5)).entries())
        await client.expect(`sgw 0 0 ${lock}`, `${at + 1} Shared Lock Get Success: ${lock}`);
    },
  },
  {
    name: "semaphores: who waits is let in in order, when there is a place",
    needs: ["limits", "tags"],
    async run(context) {
      const [a, b, c, d] = await people(context, "a", "b", "c", "d");
      const lock = context.name("line");
      for (const client of [a, b]) await client.ask(`sgw 2 0 ${lock}`);
      for (const client of [c, d]) await queues(client, `sgw 2 - ${lock}`);
      const granted = `@wait 2 Shared Lock Get Success: ${lock}`;
      await b.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await c.receive(`sr ${lock} of a holder`, granted);
      await d.expectQuiet("another's grant");
      await a.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await d.receive(`sr ${lock} of a holder`, granted);
    },
  },
  {
    name: "semaphores: nobody overtakes who waits, even where there would be a place",
    needs: ["limits", "tags"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("overtaken");
      await a.expect(`sgw 1 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await queues(b, `sgw 1 - ${lock}`);
      for (const limit of [9, 0])
        await c.expect(`sgw ${limit} 0 ${lock}`, `0 Shared Lock Get Failure: ${lock}`);
      await a.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await b.receive(`sr ${lock} of its holder`, `@wait 1 Shared Lock Get Success: ${lock}`);
    },
  },
  {
    name: "semaphores: who holds one already is told the count at once",
    needs: ["limits", "tags"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("again");
      await a.expect(`sgw 1 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await queues(b, `sgw 1 - ${lock}`);
      for (const seconds of ["0", "-"])
        await a.expect(`sgw 1 ${seconds} ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await a.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await b.receive(`sr ${lock} of its holder`, `@wait 1 Shared Lock Get Success: ${lock}`);
    },
  },
  {
    name: "semaphores: who gave up or cancelled is never let in",
    needs: ["limits", "tags"],
    async run(context) {
      const [a, b, c, d] = await people(context, "a", "b", "c", "d");
      const lock = context.name("given-up");
      await a.expect(`sgw 1 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      const failed = `@wait 0 Shared Lock Get Failure: ${lock}`;
      await queues(b, `sgw 1 ${shortSeconds} ${lock}`);
      await queues(c, `sgw 1 - ${lock}`);
      await queues(d, `sgw 1 - ${lock}`);
      await b.receive(`sgw 1 ${shortSeconds} ${lock}`, failed);
      c.send("x wait");
      const came = [await c.reply("x wait", failed), await c.reply("x wait", failed)];
      if (!came.includes(failed)) throw c.failure("x wait", came.join(", "), failed);
      await a.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await d.receive(`sr ${lock} of its holder`, `@wait 1 Shared Lock Get Success: ${lock}`);
      for (const client of [b, c]) await client.expectQuiet("another's grant");
    },
  },
  {
    name: "semaphores: the place of a holder that is gone goes to who waits",
    needs: ["limits", "tags"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("gone");
      await a.expect(`sgw 1 0 ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await queues(b, `sgw 1 - ${lock}`);
      a.connection.close();
      await b.receive("the end of the holder", `@wait 1 Shared Lock Get Success: ${lock}`);
    },
  },
];
