/** `glockd status`: which locks there are, who holds them, and since when. */
import { defineCommand } from "citty";
import type { Client, LockInfo } from "../client/index.ts";
import { type Flag, parseFlags } from "../flags.ts";
import { versionLine } from "../version.ts";
import { atServer } from "./reach/connect.ts";
import { reachFlags, reachNote } from "./reach/flags.ts";
import { reachOf } from "./reach/reach.ts";
import { lockTable } from "./status/lock-table.ts";
import { print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const flags = [
  {
    name: "json",
    kind: "boolean",
    default: false,
    help: "Print one JSON array, with all that the server tells.",
  },
  ...reachFlags,
] as const satisfies readonly Flag[];

export const usage: Usage = {
  summary: "glockd status: shows the locks that are held or waited for.",
  synopsis: ["glockd status [NAME] [FLAGS]"],
  flags,
  notes: [
    "Times are UTC. A lock has a line for each of its holders. The names are those that holders gave themselves (glockd run: host:process), else their addresses.",
    "Exit status: 0 shown, whether there are any or not; 2 wrong usage, or the server cannot be reached.",
    reachNote,
  ],
  examples: [
    ["glockd status", "all locks"],
    ["glockd status deploy --json | jq '.[].holders'", "who holds one, for programs"],
  ],
};

export default defineCommand({
  meta: { name: "status", description: "Show the locks." },
  run: async ({ rawArgs }) => {
    const operands = { names: ["NAME"], least: 0 };
    const parsed = parseFlags(flags, rawArgs, process.env, [], operands);
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const [name] = parsed.operands;
    const show = async (client: Client): Promise<number> => {
      const locks = await locksNamed(client, name);
      print(parsed.values.json ? `${JSON.stringify(locks, undefined, 2)}\n` : shown(locks, name));
      return 0;
    };
    process.exitCode = await atServer("status", reachOf(parsed, process.env), show);
  },
});

async function locksNamed(client: Client, name: string | undefined): Promise<LockInfo[]> {
  const locks = await client.list(name);
  return name === undefined ? locks : locks.filter((lock) => lock.name === name);
}

function shown(locks: readonly LockInfo[], name: string | undefined): string {
  if (locks.length > 0) return lockTable(locks);
  return name === undefined ? "no locks\n" : `${JSON.stringify(name)} is free\n`;
}
