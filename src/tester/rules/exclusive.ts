/** Exclusive locks: `g`, `r`, `i`. */
import type { Rule } from "../rule.ts";

export const exclusiveRules: readonly Rule[] = [
  {
    name: "exclusive: one client holds a lock, all others are refused",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("exclusive");
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await b.expect(`g ${lock}`, `0 Lock Get Failure: ${lock}`);
      await b.expect(`g ${lock}`, `0 Lock Get Failure: ${lock}`);
    },
  },
  {
    name: "exclusive: a released lock goes to whoever asks next",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("released");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await b.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await b.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "exclusive: whoever asks sees the same and takes nothing by it",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("inspected");
      await b.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      await b.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "exclusive: getting again succeeds and one release frees it",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("again");
      for (let time = 0; time < 3; time += 1)
        await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await b.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "exclusive: releasing what is not held fails",
    needs: [],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("nothing");
      await a.expect(`r ${lock}`, `0 Lock Release Failure: ${lock}`);
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await a.expect(`r ${lock}`, `0 Lock Release Failure: ${lock}`);
    },
  },
  {
    name: "exclusive: nobody releases another client's lock",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("foreign");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await b.expect(`r ${lock}`, `0 Lock Release Failure: ${lock}`);
      await b.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
    },
  },
  {
    name: "exclusive: a shared lock of the same name is another lock",
    needs: [],
    async run({ connect, name }) {
      const [a, b, c] = [await connect("a"), await connect("b"), await connect("c")];
      const lock = name("both");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await b.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
      await b.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await c.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await c.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await c.expect(`si ${lock}`, `1 Shared Lock Is Locked: ${lock}`);
    },
  },
];
