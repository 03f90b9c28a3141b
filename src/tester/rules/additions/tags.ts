/** Commands with a tag: `@TAG COMMAND`. */
import type { Rule } from "../../rule.ts";
import { expectMoves } from "../counters.ts";
import { isGranted, people, queues, releases } from "./words.ts";

export const tagRules: readonly Rule[] = [
  {
    name: "tags: a reply bears the tag of its command",
    needs: ["tags"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("tagged");
      await a.expect(`@1 g ${lock}`, `@1 1 Lock Get Success: ${lock}`);
      await a.expect(`@1 i ${lock}`, `@1 1 Lock Is Locked: ${lock}`);
      await a.expect(`@2 r ${lock}`, `@2 1 Lock Release Success: ${lock}`);
      await a.expect(`@3 r ${lock}`, `@3 0 Lock Release Failure: ${lock}`);
      await a.expect(`@4 sg ${lock}`, `@4 1 Shared Lock Get Success: ${lock}`);
      await a.expect(`@4 si ${lock}`, `@4 1 Shared Lock Is Locked: ${lock}`);
      await a.expect(`@4 sr ${lock}`, `@4 1 Shared Lock Release Success: ${lock}`);
      await a.expect("@me me", /^@me 1 \S+ \S+$/);
      await a.expect("@5 ping", "@5 1 pong");
    },
  },
  {
    name: "tags: 1 to 32 letters, digits, dots, underscores and hyphens are one",
    needs: ["tags"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("named");
      for (const tag of ["0", "-", ".", "_", "a.B-c_9", "Z".repeat(32)])
        await a.expect(`@${tag} i ${lock}`, `@${tag} 0 Lock Not Locked: ${lock}`);
      for (const none of ["@", "@ä", "@a!", `@${"Z".repeat(33)}`])
        await a.expectNothing(`${Buffer.from(none).toString("latin1")} i ${lock}`);
    },
  },
  {
    name: "tags: a listing says first how many lines follow",
    needs: ["tags", "dump"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("listed");
      await a.expect(`@l sd ${lock}`, "@l 0 lines");
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sg ${lock}`, `2 Shared Lock Get Success: ${lock}`);
      await a.expect(`@l sd ${lock}`, "@l 2 lines");
      for (let line = 0; line < 2; line += 1)
        await a.receive(`@l sd ${lock}`, new RegExp(`^${lock}: `));
      await a.expect("@m dump shared", /^@m map\[/);
      await a.expectQuiet(`@l sd ${lock}`);
    },
  },
  {
    name: "tags: an unknown command is told that it is none",
    needs: ["tags"],
    async run({ connect }) {
      const a = await connect("a");
      await a.expect("@9 nonsense", "@9 0 Invalid Command: nonsense");
      await a.expect("@9 G x", "@9 0 Invalid Command: G");
    },
  },
  {
    name: "tags: a tagged command counts as any other, and an unknown one as such",
    needs: ["tags"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const due = { command_si: 2, invalid_commands: 1 };
      const act = async (): Promise<void> => {
        for (const command of ["si", "si", "nonsense"]) await b.ask(`@1 ${command} x`);
      };
      await expectMoves(context, { reader: a, due, act });
    },
  },
  {
    name: "tags: a command that waits holds up nothing behind it, so many can wait",
    needs: ["tags", "waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const locks = ["first", "second", "third"].map((label) => context.name(label));
      for (const lock of locks) await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      for (const [at, lock] of locks.entries()) await queues(b, `gw - ${lock}`, `w${at}`);
      await b.expect(`@9 i ${locks[0]}`, `@9 1 Lock Is Locked: ${locks[0]}`);
      for (const at of [1, 2, 0]) {
        const lock = locks[at] ?? "";
        await releases(a, lock);
        await isGranted(b, `r ${lock} of its holder`, lock, `w${at}`);
      }
    },
  },
  {
    name: "tags: one that a wait has is refused until that is over",
    needs: ["tags", "waits"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const [lock, other] = [context.name("waited"), context.name("other")];
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw - ${lock}`, "7");
      for (const command of [`gw - ${other}`, `gw - ${lock}`, "me", "nonsense"])
        await b.expect(`@7 ${command}`, "@7 0 Tag In Use: 7");
      await b.expect(`i ${other}`, `0 Lock Not Locked: ${other}`);
      await releases(a, lock);
      await isGranted(b, `r ${lock} of its holder`, lock, "7");
      await b.expect(`@7 i ${lock}`, `@7 1 Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "tags: each connection has its own",
    needs: ["tags", "waits"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("waited");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await queues(b, `gw - ${lock}`, "7");
      await queues(c, `gw - ${lock}`, "7");
      await releases(a, lock);
      await isGranted(b, `r ${lock} of its holder`, lock, "7");
      await releases(b, lock);
      await isGranted(c, `r ${lock} of its holder`, lock, "7");
    },
  },
];
