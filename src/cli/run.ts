/**
 * `glockd run`: a command that runs while a lock is held.
 * Invariant: CMD runs only while the lock is ours as far as can be known; the lock is
 * released after CMD has ended; and the exit status tells CMD's end from everything else.
 */
import { defineCommand } from "citty";
import { type Client, type Handle, RefusedError, TimedOutError } from "../client/index.ts";
import { secondsMax } from "../client/bounds.ts";
import { type Flag, type FlagValues, parseFlags, type Shorthand, UsageError } from "../flags.ts";
import { type Surroundings, surroundings } from "../system/surroundings.ts";
import { versionLine } from "../version.ts";
import { atServer, explain } from "./reach/connect.ts";
import { reachFlags, reachNote } from "./reach/flags.ts";
import { ownName } from "./reach/own-name.ts";
import { type Reach, reachOf } from "./reach/reach.ts";
import { beats, graceSecondsDefault } from "./run/beats.ts";
import { becomeChild, childArgument, startChild } from "./run/child.ts";
import { endChild } from "./run/ending.ts";
import { obtain, variablesOf } from "./run/hold.ts";
import { passSignals } from "./run/signals.ts";
import { complain, complainOnTerminal, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const flags = [
  {
    name: "wait",
    kind: "number",
    default: undefined,
    max: secondsMax,
    value: "S",
    aliases: ["w", "timeout"],
    help: "Wait for the lock at most that long; for ever unless given. 0 does not wait.",
  },
  {
    name: "conflict-exit-code",
    kind: "integer",
    default: 1,
    max: 255,
    value: "CODE",
    aliases: ["E"],
    help: "Exit status when the lock was not obtained.",
  },
  {
    name: "shared",
    kind: "boolean",
    default: false,
    aliases: ["s"],
    help: "Hold it together with everybody who asks like this. Such locks do not meet the others.",
  },
  {
    name: "limit",
    kind: "integer",
    default: undefined,
    min: 1,
    max: 1_000_000,
    value: "N",
    help: "As -shared, while fewer than N hold it: a semaphore.",
  },
  {
    name: "key",
    kind: "string",
    default: undefined,
    value: "KEY",
    help: "Hold it together with everybody who comes with the same key.",
  },
  {
    name: "grace",
    kind: "number",
    default: graceSecondsDefault,
    max: 3_600,
    value: "S",
    help: "When the lock is lost, the time between SIGTERM and SIGKILL.",
  },
  ...reachFlags,
] as const satisfies readonly Flag[];

const shorthands: readonly Shorthand[] = [
  {
    names: ["n", "nb", "nonblock"],
    kind: "boolean",
    help: "The same as -wait 0.",
    expand: (text) => (text === "true" ? [["wait", "0"]] : []),
  },
];

export const usage: Usage = {
  summary: "glockd run: holds a lock while a command runs.",
  synopsis: ["glockd run [FLAGS] NAME -- CMD ARG..."],
  flags,
  shorthands,
  notes: [
    "CMD has GLOCKD_LOCK and, of locks that one holds at a time or by a key, GLOCKD_FENCE in its environment. When the lock is lost, its processes get SIGTERM, and SIGKILL after -grace.",
    "Exit status: that of CMD, 128 and the signal's number if one ended it; 1 (see -E) not obtained; 2 wrong usage, or the server cannot be reached; 113 the lock was lost; 126 CMD cannot be run; 127 there is no CMD.",
    reachNote,
  ],
  examples: [
    ["glockd run -n nightly -- ./backup.sh", "one of the machines that try at the same time"],
    ["glockd run -wait 600 deploy -- ./deploy.sh", "one after the other, in line for ten minutes"],
    ["glockd run -limit 5 api -- ./crawl.sh", "five at a time"],
    [
      "glockd run -key readers table -- ./report.sh",
      "beside others with that key, and nobody else",
    ],
  ],
};

type Values = FlagValues<typeof flags>;

/** The lock was lost while CMD ran. */
const lostStatus = 113;

export default defineCommand({
  meta: { name: "run", description: "Hold a lock while a command runs." },
  run: async ({ rawArgs }) => {
    if (rawArgs[0] === childArgument) process.exit(becomeChild(rawArgs.slice(1)));
    const around = surroundings();
    const operands = { names: ["NAME"], command: "CMD ARG..." };
    const parsed = parseFlags(flags, rawArgs, process.env, shorthands, operands);
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const { values, command } = parsed;
    const [name = ""] = parsed.operands;
    if (values.key !== undefined && (values.shared || values.limit !== undefined))
      throw new UsageError("-key is for locks that are not -shared and have no -limit");
    if (command.some((word) => word.includes("\u{fffd}")))
      throw new UsageError("an argument of the command is no UTF-8, and would not arrive as it is");
    const reach = reachOf(parsed, process.env);
    const behaviour = { ...beats(values.grace), name: ownName("process") };
    const work = (client: Client): Promise<number> =>
      runHolding({ client, reach, name, values, command, around });
    process.exit(await atServer("run", reach, work, behaviour));
  },
});

interface Task {
  readonly client: Client;
  readonly reach: Reach;
  readonly name: string;
  readonly values: Values;
  readonly command: readonly string[];
  readonly around: Surroundings;
}

async function runHolding(task: Task): Promise<number> {
  const { client, name, values } = task;
  let hold;
  try {
    hold = await obtain(client, { ...values, name });
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof TimedOutError)) throw error;
    complainOnTerminal(`glockd run: ${error.message}\n`);
    return values["conflict-exit-code"];
  }
  const status = await runCommand(task, hold);
  await hold.release();
  return status;
}

async function runCommand(task: Task, hold: Handle): Promise<number> {
  const { client, values, command, around } = task;
  const { features } = await client.version();
  const variables = variablesOf(hold, features.length > 0);
  const tellLoss = (): number => {
    const why = explain(hold.lost.reason, task.reach);
    complain(`glockd run: ${why}; ${JSON.stringify(command[0])} is not to run any longer\n`);
    return lostStatus;
  };
  if (hold.lost.aborted) return tellLoss();
  const child = startChild({
    command,
    variables,
    surroundings: around,
    descriptor: client.descriptor,
  });
  if (typeof child === "number") return child;
  passSignals(around, child.family);
  const lost = new Promise<"lost">((resolve) => {
    hold.lost.addEventListener("abort", () => resolve("lost"), { once: true });
  });
  const first = await Promise.race([child.ended, lost]);
  if (first !== "lost") return first;
  tellLoss();
  await endChild(child, values.grace);
  return lostStatus;
}
