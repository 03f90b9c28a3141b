/** Locks that all hold together who come with the same key: `kg`, `kr`. */
import { RuleSkipped } from "../../failure.ts";
import type { Rule } from "../../rule.ts";
import { expectRising, isGranted, people, queues, takes } from "./words.ts";

/** The default bound of a key; a flag moves it. */
const keyBytes = 128;

export const keyRules: readonly Rule[] = [
  {
    name: "keys: all with the same key hold it together, another key waits for all of them",
    needs: ["keys", "tags", "registry"],
    async run(context) {
      const [a, b, c] = await people(context, "a", "b", "c");
      const lock = context.name("together");
      for (const client of [a, b]) await client.expect(`iam ${context.name("reader")}`, "1 ok");
      const fences = [
        await takes(a, `kg same - 0 ${lock}`, lock),
        await takes(b, `kg same - 0 ${lock}`, lock),
      ];
      await c.expect(`kg other - 0 ${lock}`, `0 Lock Get Failure: ${lock}`);
      await queues(c, `kg other - - ${lock}`);
      await a.expect(`kr same ${lock}`, `1 Lock Release Success: ${lock}`);
      await c.expectQuiet(`kr same ${lock} of one of two holders`);
      await b.expect(`kr same ${lock}`, `1 Lock Release Success: ${lock}`);
      fences.push(await isGranted(c, `kr same ${lock} of its last holder`, lock, "wait"));
      expectRising(fences, `kg ${lock} of three requestors`);
    },
  },
  {
    name: "keys: g and kg exclude each other, on one connection as well",
    needs: ["keys"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("excluded");
      await takes(a, `kg k - 0 ${lock}`, lock);
      for (const client of [a, b]) await client.expect(`g ${lock}`, `0 Lock Get Failure: ${lock}`);
      await a.expect(`r ${lock}`, `0 Lock Release Failure: ${lock}`);
      await a.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
      await b.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`kg k - 0 ${lock}`, `0 Lock Get Failure: ${lock}`);
      await b.expect(`kr k ${lock}`, `0 Lock Release Failure: ${lock}`);
      await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    },
  },
  {
    name: "keys: however often it was got, one kr releases it",
    needs: ["keys"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("counted");
      const fence = await takes(a, `kg k - 0 ${lock}`, lock);
      for (let time = 0; time < 2; time += 1)
        await a.expect(`kg k - 0 ${lock}`, `${fence} Lock Get Success: ${lock}`);
      await a.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await a.expect(`kr k ${lock}`, `0 Lock Release Failure: ${lock}`);
    },
  },
  {
    name: "keys: another key, or another requestor, releases nothing",
    needs: ["keys", "registry"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("foreign");
      await a.expect(`iam ${context.name("holder")}`, "1 ok");
      await takes(a, `kg k - 0 ${lock}`, lock);
      await a.expect(`kr other ${lock}`, `0 Lock Release Failure: ${lock}`);
      await b.expect(`kr k ${lock}`, `0 Lock Release Failure: ${lock}`);
      await a.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
    },
  },
  {
    name: "keys: - is nobody's: it is never shared, and anyone may release it",
    needs: ["keys"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("nobodys");
      await takes(a, `kg - - 0 ${lock}`, lock);
      for (const client of [a, b])
        await client.expect(`kg - - 0 ${lock}`, `0 Lock Get Failure: ${lock}`);
      await b.expect(`kr - ${lock}`, `1 Lock Release Success: ${lock}`);
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await a.expect(`kr - ${lock}`, `0 Lock Release Failure: ${lock}`);
    },
  },
  {
    name: "keys: a reader does not pass a writer that waits",
    needs: ["keys", "waits", "tags", "registry"],
    async run(context) {
      const [a, writer, b] = await people(context, "a", "writer", "b");
      const lock = context.name("starved");
      for (const client of [a, b]) await client.expect(`iam ${context.name("reader")}`, "1 ok");
      await takes(a, `kg k - 0 ${lock}`, lock);
      await queues(writer, `gw - ${lock}`);
      await b.expect(`kg k - 0 ${lock}`, `0 Lock Get Failure: ${lock}`);
      await queues(b, `kg k - - ${lock}`);
      await a.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
      await isGranted(writer, `kr k ${lock} of its holder`, lock, "wait");
      await writer.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      await isGranted(b, `r ${lock} of the writer`, lock, "wait");
    },
  },
  {
    name: "keys: a requestor that holds it already is no new arrival",
    needs: ["keys", "waits", "tags", "registry"],
    async run(context) {
      const [a, writer] = await people(context, "a", "writer");
      const lock = context.name("again");
      await a.expect(`iam ${context.name("reader")}`, "1 ok");
      const fence = await takes(a, `kg k - 0 ${lock}`, lock);
      await queues(writer, `gw - ${lock}`);
      for (const seconds of ["0", "-"])
        await a.expect(`kg k - ${seconds} ${lock}`, `${fence} Lock Get Success: ${lock}`);
      await a.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
      await isGranted(writer, `kr k ${lock} of its holder`, lock, "wait");
    },
  },
  {
    name: "keys: all readers that wait in a row are let in together",
    needs: ["keys", "waits", "tags", "registry"],
    async run(context) {
      const [writer, a, b, last] = await people(context, "writer", "a", "b", "last");
      const lock = context.name("row");
      await takes(writer, `gw 0 ${lock}`, lock);
      for (const client of [a, b]) {
        await client.expect(`iam ${context.name("reader")}`, "1 ok");
        await queues(client, `kg k - - ${lock}`);
      }
      await queues(last, `gw - ${lock}`);
      await writer.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      for (const client of [a, b]) await isGranted(client, `r ${lock} of the writer`, lock, "wait");
      await last.expectQuiet("the readers' grants");
    },
  },
  {
    name: "keys: each requestor has a line in d",
    needs: ["keys", "registry", "dump"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("listed");
      const readers = [context.name("reader"), context.name("reader")];
      for (const [at, client] of [a, b].entries()) {
        await client.expect(`iam ${readers[at]}`, "1 ok");
        await takes(client, `kg k - 0 ${lock}`, lock);
      }
      const due = readers.map((reader) => `${lock}: ${reader}`);
      const came = await a.listing(`d ${lock}`);
      if (came.join("\n") !== due.join("\n"))
        throw a.failure(`d ${lock}`, came.join(", "), due.join(", "));
    },
  },
  {
    name: "keys: 128 bytes are one, more are not",
    needs: ["keys"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("long");
      const [long, longer] = ["k".repeat(keyBytes), "k".repeat(keyBytes + 1)];
      const came = await a.ask(`kg ${longer} - 0 ${lock}`, "0 Bad Request: WHY");
      if (/^[1-9]/.test(came)) throw new RuleSkipped("this server takes longer keys");
      if (!came.startsWith("0 Bad Request: "))
        throw a.failure(`kg ${longer} - 0 ${lock}`, came, "0 Bad Request: WHY");
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await takes(a, `kg ${long} - 0 ${lock}`, lock);
      await a.expect(`kr ${long} ${lock}`, `1 Lock Release Success: ${lock}`);
    },
  },
];
