/**
 * `glockd set`: takes a lock that outlives the command, for scripts of several steps.
 * Invariant: exit status 0 means that nobody else has it, and that it stays taken until
 * `glockd free`, or until its time is over.
 */
import { defineCommand } from "citty";
import { secondsMax } from "../client/bounds.ts";
import { type Client, RefusedError, TimedOutError } from "../client/index.ts";
import { type Flag, parseFlags } from "../flags.ts";
import { versionLine } from "../version.ts";
import { atServer } from "./reach/connect.ts";
import { reachFlags, reachNote } from "./reach/flags.ts";
import { nobodysKey, ownName } from "./reach/own-name.ts";
import { reachOf } from "./reach/reach.ts";
import { beats } from "./run/beats.ts";
import { complainOnTerminal, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const flags = [
  {
    name: "wait",
    kind: "number",
    default: 0,
    max: secondsMax,
    value: "[S]",
    bare: "600",
    help: "Wait in line for the lock, at most that long; 600 if no number follows.",
  },
  {
    name: "ttl",
    kind: "number",
    default: 0,
    max: secondsMax,
    value: "S",
    help: "Free it by itself after that time, should nobody do it; 0: never.",
  },
  {
    name: "retry",
    kind: "number",
    default: undefined,
    max: secondsMax,
    value: "S",
    help: "Understood for older scripts, and not needed: the server tells when it is our turn.",
  },
  ...reachFlags,
] as const satisfies readonly Flag[];

export const usage: Usage = {
  summary: "glockd set: takes a lock that stays taken when the command has ended.",
  synopsis: ["glockd set NAME [FLAGS]"],
  flags,
  notes: [
    "Anybody may free it: glockd free NAME. Where one command does the work, glockd run is better: it cannot forget.",
    "Exit status: 0 obtained; 1 not, as somebody else has it, with -wait for that long; 2 wrong usage, or the server cannot be reached.",
    reachNote,
  ],
  examples: [
    [
      "if glockd set nightly; then ./backup.sh; glockd free nightly; fi",
      "one of the machines that try at the same time",
    ],
    [
      "glockd set deploy --wait --ttl 3600 && ./deploy.sh; glockd free deploy",
      "in line for ten minutes, and free an hour later at the latest",
    ],
  ],
};

/** Somebody else has the lock. */
const takenStatus = 1;

export default defineCommand({
  meta: { name: "set", description: "Take a lock that outlives the command." },
  run: async ({ rawArgs }) => {
    const parsed = parseFlags(flags, rawArgs, process.env, [], { names: ["NAME"] });
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const [name = ""] = parsed.operands;
    const { wait, ttl } = parsed.values;
    const reach = reachOf(parsed, process.env);
    // Whoever is gone without a word should not be given what nobody would free.
    const behaviour = { ...beats(0), name: ownName("host") };
    const work = (client: Client): Promise<number> => take(client, name, { wait, ttl });
    process.exit(await atServer("set", reach, work, behaviour));
  },
});

async function take(
  client: Client,
  name: string,
  times: { readonly wait: number; readonly ttl: number },
): Promise<number> {
  try {
    const lock = await client.detached(name, { ...times, key: nobodysKey });
    lock.handOver();
    return 0;
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof TimedOutError)) throw error;
    complainOnTerminal(`glockd set: ${error.message}\n`);
    return takenStatus;
  }
}
