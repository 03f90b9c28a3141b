/** What the server counts: `q`. */
import type { Rule } from "../rule.ts";
import { expectCountsItself, expectMoves, readCounters } from "./counters.ts";
import { shortList } from "./registry.ts";

/** There from the start, zero or not. */
const standingKeys =
  "command_d command_dump command_g command_i command_q command_r command_sd command_sg command_si command_sr connections invalid_commands locks orphans shared_locks shared_orphans".split(
    " ",
  );

export const statisticsRules: readonly Rule[] = [
  {
    name: "statistics: q lists the documented keys, sorted",
    needs: [],
    async run({ connect }) {
      const a = await connect("a");
      const keys = [...(await readCounters(a)).keys()];
      const absent = standingKeys.filter((key) => !keys.includes(key));
      const strange = keys.filter(
        (key) => !standingKeys.includes(key) && !/^command_[a-z]+$/.test(key),
      );
      if (absent.length > 0)
        throw a.failure("q", `no line for ${absent.join(", ")}`, standingKeys.join(" "));
      if (strange.length > 0)
        throw a.failure("q", shortList(strange), "no other keys than command_X");
      // By bytes, as the protocol sorts; these are ASCII.
      const sorted = keys.toSorted((one, other) => (one < other ? -1 : 1));
      if (keys.join() !== sorted.join()) throw a.failure("q", keys.join(" "), sorted.join(" "));
    },
  },
  {
    name: "statistics: q and i count once, before the answer",
    needs: [],
    async run({ connect }) {
      const a = await connect("a");
      for (const key of ["command_q", "command_i"]) await expectCountsItself(a, key);
    },
  },
  {
    name: "statistics: each command counts once, also when it fails",
    needs: [],
    async run(context) {
      const [a, b] = [await context.connect("a"), await context.connect("b")];
      const lock = context.name("counted");
      const commands = ["g", "g", "r", "r", "r", "sg", "si", "si", "sr", "sr", "sr", "sr"];
      const due = { command_g: 2, command_r: 3, command_sg: 1, command_si: 2, command_sr: 4 };
      const act = async (): Promise<void> => {
        for (const command of commands) await b.ask(`${command} ${lock}`);
      };
      await expectMoves(context, { reader: a, due, act });
    },
  },
  {
    name: "statistics: listings count as well",
    needs: ["dump"],
    async run(context) {
      const [a, b] = [await context.connect("a"), await context.connect("b")];
      const lock = context.name("listed");
      await b.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await b.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      const due = { command_d: 1, command_sd: 2, command_dump: 3 };
      const commands = [`d ${lock}`, `sd ${lock}`, `sd ${lock}`, "dump", "dump shared", "dump"];
      const act = async (): Promise<void> => {
        for (const command of commands) await b.ask(command);
      };
      await expectMoves(context, { reader: a, due, act });
    },
  },
  {
    name: "statistics: locks and shared_locks count names, not holders",
    needs: [],
    async run(context) {
      const [a, b, c] = [
        await context.connect("a"),
        await context.connect("b"),
        await context.connect("c"),
      ];
      const due = { locks: 2, shared_locks: 1, command_g: 3, command_sg: 3 };
      const act = async (): Promise<void> => {
        const [first, second, shared] = [
          context.name("first"),
          context.name("second"),
          context.name("shared"),
        ];
        for (const lock of [first, second, first]) await b.ask(`g ${lock}`);
        for (const client of [b, c, c]) await client.ask(`sg ${shared}`);
      };
      await expectMoves(context, { reader: a, due, act });
    },
  },
  {
    name: "statistics: a release is no orphan and lowers the count",
    needs: [],
    async run(context) {
      const [a, b] = [await context.connect("a"), await context.connect("b")];
      const lock = context.name("released");
      const due = { locks: -1, shared_locks: -1, command_r: 1, command_sr: 1 };
      const prepare = async (): Promise<void> => {
        await b.ask(`g ${lock}`);
        await b.ask(`sg ${lock}`);
      };
      const act = async (): Promise<void> => {
        await b.ask(`r ${lock}`);
        await b.ask(`sr ${lock}`);
      };
      await expectMoves(context, { reader: a, due, act, prepare });
    },
  },
  {
    name: "statistics: connections counts those that are open",
    needs: [],
    async run(context) {
      const a = await context.connect("a");
      const stay = async (): Promise<void> => {
        for (const client of await context.connectMany(3))
          await client.ask(`si ${context.name("open")}`);
      };
      await expectMoves(context, { reader: a, due: { connections: 3, command_si: 3 }, act: stay });
      const pass = async (): Promise<void> => {
        const passing = await context.connect("b");
        await passing.ask(`si ${context.name("open")}`);
        passing.connection.close();
      };
      await expectMoves(context, { reader: a, due: { command_si: 1 }, act: pass });
    },
  },
  {
    name: "statistics: each lock of an ended connection is an orphan",
    needs: [],
    async run(context) {
      const a = await context.connect("a");
      const due = { orphans: 3, shared_orphans: 2, command_g: 3, command_sg: 2 };
      const act = async (): Promise<void> => {
        const b = await context.connect("b");
        for (const label of ["x", "y", "z"]) await b.ask(`g ${context.name(label)}`);
        for (const label of ["x", "y"]) await b.ask(`sg ${context.name(label)}`);
        b.connection.close();
      };
      await expectMoves(context, { reader: a, due, act });
    },
  },
];
