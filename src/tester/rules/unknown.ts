/** What is no command: no reply, and counted. */
import type { Rule } from "../rule.ts";
import { expectMoves } from "./counters.ts";

/** No server ever had these; letters, case and bytes that an eager parser might take. */
const unknown = [
  "nonsense",
  "G",
  "Q",
  "gg x",
  "get x",
  "\x00\xff\xfe",
  "g\x00x",
  "0",
  "{}",
  "GET / HTTP/1.1",
  "[]",
];

export const unknownRules: readonly Rule[] = [
  {
    name: "unknown commands: they get no reply, and the connection goes on",
    needs: [],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("kept");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      for (const command of unknown) await a.expectNothing(command);
      await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "unknown commands: each is counted",
    needs: [],
    async run(context) {
      const [a, b] = [await context.connect("a"), await context.connect("b")];
      const due = { invalid_commands: 3, command_i: 3 };
      const act = async (): Promise<void> => {
        for (const command of ["nonsense", "G x", "gg"]) await b.expectNothing(command);
      };
      await expectMoves(context, { reader: a, due, act });
    },
  },
  {
    name: "unknown commands: a blank line is none, and not counted",
    needs: [],
    async run(context) {
      const [a, b] = [await context.connect("a"), await context.connect("b")];
      const act = async (): Promise<void> => {
        for (const blank of ["", "\r", "  \t ", "\v\f"]) await b.expectNothing(blank);
      };
      // The tester's own: each look whether there was a reply.
      await expectMoves(context, { reader: a, due: { command_i: 4 }, act });
    },
  },
];
