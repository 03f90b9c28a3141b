/** How long a name and a line may be, and what happens beyond (part 3 of the protocol). */
import { RuleSkipped } from "../failure.ts";
import type { Rule } from "../rule.ts";

/** The default bound of a name; flags move it. */
const nameBytes = 1_024;
/** Longer than the longest line that any setting allows. */
const tooLongLineBytes = 70_000;

export const boundRules: readonly Rule[] = [
  {
    name: "bounds: a name of 1,024 bytes is a name",
    needs: [],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("long").padEnd(nameBytes, "x");
      const inspected = await a.ask(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      if (inspected === "0 Name Too Long")
        throw new RuleSkipped("this server takes shorter names only");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
    },
  },
  {
    name: "bounds: a longer name is refused and changes nothing",
    needs: [],
    async run({ connect, name }) {
      const a = await connect("a");
      const [kept, long] = [name("kept"), name("longer").padEnd(nameBytes + 1, "x")];
      await a.expect(`g ${kept}`, `1 Lock Get Success: ${kept}`);
      const got = await a.ask(`g ${long}`, "0 Name Too Long");
      if (got === `1 Lock Get Success: ${long}`)
        throw new RuleSkipped("this server takes longer names: no bound, or a higher one");
      if (got !== "0 Name Too Long") throw a.failure(`g ${long}`, got, "0 Name Too Long");
      for (const command of ["r", "i", "sg", "sr", "si"])
        await a.expect(`${command} ${long}`, "0 Name Too Long");
      await a.expect(`i ${kept}`, `1 Lock Is Locked: ${kept}`);
    },
  },
  {
    name: "bounds: a line too long is answered once, skipped, and changes nothing",
    needs: [],
    async run({ connect, name }) {
      const a = await connect("a");
      const [kept, long] = [name("kept"), name("line").padEnd(tooLongLineBytes, "x")];
      await a.expect(`g ${kept}`, `1 Lock Get Success: ${kept}`);
      const got = await a.ask(`i ${long}`, "0 Line Too Long");
      if (got.startsWith("0 Lock Not Locked: "))
        throw new RuleSkipped("this server has no bound on lines");
      if (got !== "0 Line Too Long") throw a.failure(`i ${long}`, got, "0 Line Too Long");
      await a.expect(`i ${kept}`, `1 Lock Is Locked: ${kept}`);
    },
  },
];
