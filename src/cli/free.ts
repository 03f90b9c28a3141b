/**
 * `glockd free`: frees what `glockd set` has taken or, by force, what anybody holds.
 * Invariant: exit status 0 means that the lock is free of what this command may free; a
 * lock that somebody goes on holding is an error that names them.
 */
import { defineCommand } from "citty";
import { type Client, DeniedError } from "../client/index.ts";
import { type Flag, parseFlags, UsageError } from "../flags.ts";
import { versionLine } from "../version.ts";
import { exitStatus } from "./exit-status.ts";
import { atServer } from "./reach/connect.ts";
import { reachFlags, reachNote } from "./reach/flags.ts";
import { nobodysKey } from "./reach/own-name.ts";
import { reachOf } from "./reach/reach.ts";
import { complain, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const flags = [
  {
    name: "force",
    kind: "boolean",
    default: false,
    aliases: ["f"],
    help: "Take it from whoever holds it, in whatever way. For administrators.",
  },
  {
    name: "shared",
    kind: "boolean",
    default: false,
    aliases: ["s"],
    help: "With -force: the shared lock or semaphore of that name.",
  },
  ...reachFlags,
] as const satisfies readonly Flag[];

export const usage: Usage = {
  summary: "glockd free: frees a lock that glockd set has taken.",
  synopsis: ["glockd free NAME [FLAGS]"],
  flags,
  notes: [
    "Exit status: 0 it is free now, whether it was held or not; 2 wrong usage, the server cannot be reached, or somebody holds it whom only -force would free.",
    reachNote,
  ],
  examples: [
    ["glockd free nightly", "what glockd set nightly has taken"],
    ["glockd free -force -unix /run/glockd/socket nightly", "whoever holds it, however"],
  ],
};

export default defineCommand({
  meta: { name: "free", description: "Free a lock that set has taken." },
  run: async ({ rawArgs }) => {
    const parsed = parseFlags(flags, rawArgs, process.env, [], { names: ["NAME"] });
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const [name = ""] = parsed.operands;
    const { force, shared } = parsed.values;
    if (shared && !force) throw new UsageError("-shared goes with -force: set takes no such locks");
    const work = (client: Client): Promise<number> =>
      force ? freeByForce(client, name, shared) : free(client, name);
    process.exit(await atServer("free", reachOf(parsed, process.env), work));
  },
});

async function free(client: Client, name: string): Promise<number> {
  if (await client.releaseDetached(name, nobodysKey)) return 0;
  if (!(await client.inspect(name))) return 0;
  const holders = await holdersOf(client, name);
  // Whoever held it may have left between the two questions.
  if (holders === undefined) return 0;
  complain(
    `glockd free: ${JSON.stringify(name)} is held by ${holders}, and not by glockd set; -force takes it from them\n`,
  );
  return exitStatus.usage;
}

/** Who holds it, for people; undefined: nobody does any more. */
async function holdersOf(client: Client, name: string): Promise<string | undefined> {
  try {
    const locks = await client.list(name);
    const lock = locks.find((each) => each.name === name && each.mode === "exclusive");
    return lock?.holders.map((holder) => holder.name ?? holder.client).join(", ") || undefined;
  } catch (error) {
    // A server may keep its listings to itself.
    if (error instanceof DeniedError) return "somebody";
    throw error;
  }
}

async function freeByForce(client: Client, name: string, shared: boolean): Promise<number> {
  try {
    await (shared ? client.freeShared(name) : client.free(name));
    return 0;
  } catch (error) {
    if (!(error instanceof DeniedError) || error.reason !== "not-allowed") throw error;
    complain(
      "glockd free: -force is for administrators: come through the unix socket, or as an admin (docs/security.md)\n",
    );
    return exitStatus.usage;
  }
}
