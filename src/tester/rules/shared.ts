/** Shared locks and their counts: `sg`, `sr`, `si`. */
import type { Rule } from "../rule.ts";

export const sharedRules: readonly Rule[] = [
  {
    name: "shared: everybody gets it and is told how many hold it",
    needs: [],
    async run({ connect, name }) {
      const lock = name("counted");
      for (const [at, label] of ["a", "b", "c"].entries()) {
        const client = await connect(label);
        await client.expect(`sg ${lock}`, `${at + 1} Shared Lock Get Success: ${lock}`);
      }
    },
  },
  {
    name: "shared: whoever asks is told the same count",
    needs: [],
    async run({ connect, name }) {
      const [a, b, c] = [await connect("a"), await connect("b"), await connect("c")];
      const lock = name("inspected");
      await c.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sg ${lock}`, `2 Shared Lock Get Success: ${lock}`);
      for (const client of [a, b, c])
        await client.expect(`si ${lock}`, `2 Shared Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "shared: getting again does not count twice",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("again");
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sg ${lock}`, `2 Shared Lock Get Success: ${lock}`);
      await a.expect(`sg ${lock}`, `2 Shared Lock Get Success: ${lock}`);
    },
  },
  {
    name: "shared: each release lowers the count, the last one frees it",
    needs: [],
    async run({ connect, name }) {
      const [a, b, c] = [await connect("a"), await connect("b"), await connect("c")];
      const lock = name("released");
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sg ${lock}`, `2 Shared Lock Get Success: ${lock}`);
      await a.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await c.expect(`si ${lock}`, `1 Shared Lock Is Locked: ${lock}`);
      await b.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      await c.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "shared: who does not hold it cannot release it",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("foreign");
      await b.expect(`sr ${lock}`, `0 Shared Lock Release Failure: ${lock}`);
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sr ${lock}`, `0 Shared Lock Release Failure: ${lock}`);
      await a.expect(`si ${lock}`, `1 Shared Lock Is Locked: ${lock}`);
    },
  },
];
