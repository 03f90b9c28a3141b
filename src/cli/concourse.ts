/**
 * `glockd concourse check|in|out`: a lock as a resource of Concourse pipelines.
 * Invariant: standard output has the JSON that Concourse reads, once all has been done, and
 * nothing else; a failure is told on standard error and by the exit status.
 */
import { defineCommand } from "citty";
import { parseFlags, UsageError } from "../flags.ts";
import { versionLine } from "../version.ts";
import { type Step, steps } from "./concourse/called-as.ts";
import { LockerError } from "./concourse/locker.ts";
import { usualPace } from "./concourse/pace.ts";
import { BadRequest, readPayload } from "./concourse/payload.ts";
import { CannotWrite, check, get, put } from "./concourse/steps.ts";
import { complain, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

export const usage: Usage = {
  summary: "glockd concourse: a lock as a resource of Concourse pipelines.",
  synopsis: [
    "glockd concourse check      <REQUEST",
    "glockd concourse in DEST    <REQUEST",
    "glockd concourse out SRC    <REQUEST",
  ],
  flags: [],
  notes: [
    "A link to glockd that is called check, in or out is the same command: /opt/resource/check.",
    "REQUEST is Concourse's: {source, version, params}. Source: locker_uri and lock_name, required; username, password, ca_cert, skip_ssl_validation. Params of out: key and lock_op (lock or unlock), required; lock_by, or locked_by, is the key unless given.",
    "in writes who holds the lock to DEST/lock, as JSON; the file is empty when nobody does. out with lock waits as long as another key holds it.",
    "Exit status: 0 done, and JSON on standard output; 1 the server refused, or could not be reached; 2 something in the request is missing or wrong.",
  ],
  examples: [
    [
      `echo '{"source":{"locker_uri":"http://127.0.0.1:9998","lock_name":"env"}}' | glockd concourse check`,
      "the version of the locks, another one whenever they have changed",
    ],
  ],
};

export default defineCommand({
  meta: { name: "concourse", description: "A lock as a resource of Concourse pipelines." },
  run: async ({ rawArgs }) => {
    const operands = { names: ["STEP", "DIRECTORY"], least: 0 };
    const parsed = parseFlags([], rawArgs, {}, [], operands);
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const [word, ...rest] = parsed.operands;
    const step = steps.find((each) => each === word);
    if (step === undefined) throw new UsageError(`concourse: say one of ${steps.join(", ")}`);
    process.exitCode = await run(step, directoryOf(step, rest));
  },
});

/** Concourse always names one, but for `check`. */
function directoryOf(step: Step, rest: readonly string[]): string {
  const [directory = ""] = rest;
  if (step === "check" && rest.length > 0)
    throw new UsageError(`unexpected argument ${JSON.stringify(directory)}`);
  if (step === "in" && directory === "")
    throw new UsageError("concourse in: name the directory that the file lock is to be in");
  return directory;
}

async function run(step: Step, directory: string): Promise<number> {
  const say = (line: string): void => complain(`glockd concourse ${step}: ${line}\n`);
  try {
    const payload = readPayload(await Bun.stdin.text());
    const result = await resultOf(step, directory, payload, say);
    print(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    say(error.message);
    return error instanceof BadRequest ? 2 : 1;
  }
}

function isExpected(error: unknown): error is Error {
  return [LockerError, BadRequest, CannotWrite].some((kind) => error instanceof kind);
}

function resultOf(
  step: Step,
  directory: string,
  payload: ReturnType<typeof readPayload>,
  say: (line: string) => void,
): Promise<unknown> {
  if (step === "check") return check(payload);
  if (step === "in") return get(payload, directory);
  return put(payload, { pace: usualPace, say });
}
