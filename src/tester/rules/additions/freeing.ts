/** Taking locks from their holders, which is for administrators: `free`, `sfree`. */
import type { Rule } from "../../rule.ts";
import { isGranted, people, queues } from "./words.ts";

export const freeingRules: readonly Rule[] = [
  {
    name: "freeing: it is denied to everybody but administrators",
    needs: ["free", "ordinary"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const [lock, free] = [context.name("held"), context.name("free")];
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      for (const name of [lock, free])
        for (const command of ["free", "sfree"]) await b.expect(`${command} ${name}`, "0 denied");
      await b.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      await b.expect(`si ${lock}`, `1 Shared Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "freeing: an administrator takes a lock from its holder, who is told if it asked",
    needs: ["free", "administrator", "waits", "tags", "notify"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("taken");
      await a.expect(`free ${lock}`, `0 Lock Not Locked: ${lock}`);
      await a.expect("notify on", "1 ok");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw - ${lock}`);
      await c.expect(`free ${lock}`, `1 Lock Freed: ${lock}`);
      await a.receive(`free ${lock} of another`, `@! 0 Lock Lost: ${lock}`);
      await isGranted(b, `free ${lock} of another`, lock, "wait");
      await a.expect(`r ${lock}`, `0 Lock Release Failure: ${lock}`);
    },
  },
  {
    name: "freeing: an administrator takes a shared lock from all of its holders",
    needs: ["free", "administrator"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("taken");
      await a.expect(`sfree ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
      for (const client of [a, b]) await client.expect(`sg ${lock}`, /^[12] Shared Lock Get/);
      await a.expect(`sfree ${lock}`, `2 Shared Lock Freed: ${lock}`);
      await b.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
      await b.expect(`sr ${lock}`, `0 Shared Lock Release Failure: ${lock}`);
    },
  },
];
