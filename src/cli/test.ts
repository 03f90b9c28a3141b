/** `glockd test`: from flags to a tested server. */
import { defineCommand } from "citty";
import { parseFlags, UsageError, type Flag, type FlagValues } from "../flags.ts";
import {
  tcpAddress,
  type TlsOptions,
  webAddress,
  type Address,
} from "../tester/connection/address.ts";
import { CannotConnect } from "../tester/failure.ts";
import { hold } from "../tester/holder.ts";
import { JsonReporter } from "../tester/report/json.ts";
import type { Reporter } from "../tester/report/reporter.ts";
import { TextReporter } from "../tester/report/text.ts";
import { limitMillisecondsDefault, runTester } from "../tester/tester.ts";
import { versionLine } from "../version.ts";
import { accessFlags } from "./reach/flags.ts";
import { reachOf } from "./reach/reach.ts";
import { complain, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const addressFlags = [
  {
    name: "host",
    kind: "string",
    default: "127.0.0.1:9999",
    value: "HOST:PORT",
    env: true,
    help: "Test the server that listens there on TCP.",
  },
  {
    name: "unix",
    kind: "string",
    default: undefined,
    value: "PATH",
    env: true,
    help: "Test through this unix socket.",
  },
  {
    name: "ws",
    kind: "string",
    default: undefined,
    value: "URL",
    help: "Test through this WebSocket, say ws://127.0.0.1:9998/.",
  },
] as const satisfies readonly Flag[];

const flags = [
  ...addressFlags,
  ...accessFlags,
  {
    name: "only",
    kind: "string",
    default: undefined,
    value: "PATTERN",
    help: "Run only the rules and loads that have PATTERN in their names; * stands for anything.",
  },
  {
    name: "json",
    kind: "boolean",
    default: false,
    help: "Print one JSON document at the end, nothing else.",
  },
  {
    name: "load",
    kind: "boolean",
    default: true,
    help: "Measure after the rules; -no-load leaves it out.",
  },
  {
    name: "clients",
    kind: "integer",
    default: 50,
    min: 1,
    max: 10_000,
    value: "N",
    help: "Connections that make the load.",
  },
  {
    name: "depth",
    kind: "integer",
    default: 16,
    min: 1,
    max: 4_096,
    value: "N",
    help: "Commands in flight on each of them.",
  },
  {
    name: "seconds",
    kind: "number",
    default: 1,
    min: 0.01,
    max: 3_600,
    value: "S",
    help: "How long each load is measured.",
  },
] as const satisfies readonly Flag[];

const holdFlags = [
  ...addressFlags,
  ...accessFlags,
  { name: "name", kind: "string", default: "", value: "NAME", help: "The lock." },
  {
    name: "doing",
    kind: "choice",
    default: "holds",
    choices: ["holds", "waits"],
    value: "WHAT",
    help: "Whether to hold it or to wait for it.",
  },
] as const satisfies readonly Flag[];

export const usage: Usage = {
  summary:
    "glockd test: exercises a running server, this one or an older one, and leaves nothing on it.",
  synopsis: ["glockd test [FLAGS]"],
  flags,
  notes: ["Exit status: 0 all passed; 1 something failed; 2 cannot connect, or wrong usage."],
  examples: [
    ["glockd test -no-load -host 127.0.0.1:9999", "the rules only"],
    ["glockd test -unix /run/glockd/socket -only fences -seconds 0.1", "some of them"],
  ],
};

export default defineCommand({
  meta: { name: "test", description: "Exercise a running server." },
  run: async ({ rawArgs }) => {
    // How the tester starts itself as the process that it kills; see holder.ts.
    if (rawArgs[0] === "hold") return await holdAsked(rawArgs.slice(1));
    const parsed = parseFlags(flags, rawArgs, process.env);
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    // A server that keeps on sending would keep the process.
    process.exit(await test(parsed.values, addressOf(parsed)));
  },
});

async function test(values: FlagValues<typeof flags>, address: Address): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupt.abort());
  const { only, load, clients, depth, seconds } = values;
  const options = {
    address,
    reporter: reporterFor(values.json),
    only,
    load,
    clients,
    depth,
    seconds,
  };
  try {
    return await runTester({ ...options, signal: interrupt.signal });
  } catch (error) {
    if (!(error instanceof CannotConnect)) throw error;
    complain(`glockd test: ${error.message}\n`);
    return 2;
  }
}

async function holdAsked(argv: readonly string[]): Promise<void> {
  const parsed = parseFlags(holdFlags, argv, process.env);
  if (parsed.request !== "run") return;
  const { name, doing } = parsed.values;
  await hold(addressOf(parsed), { name, doing }, limitMillisecondsDefault);
}

/** @throws UsageError when more than one door is asked for, or that is none. */
function addressOf(parsed: Asked): Address {
  const door = doorOf(parsed);
  const { options } = reachOf(parsed, process.env);
  const { auth: token } = options;
  const tls = options.tls as TlsOptions | undefined;
  const typed = accessFlags
    .filter(({ name }) => parsed.typed.has(name))
    .map(({ name }) => `-${name}=${String(parsed.values[name])}`);
  return {
    ...door,
    access: {
      flags: typed,
      ...(token !== undefined && { token }),
      ...(tls !== undefined && { tls }),
    },
  };
}

/** A command line that was read with both tables. */
interface Asked {
  readonly values: FlagValues<typeof addressFlags> & FlagValues<typeof accessFlags>;
  readonly given: ReadonlySet<string>;
  readonly typed: ReadonlySet<string>;
}

function doorOf(parsed: Asked): Address {
  const asked = addressFlags.map(({ name }) => name).filter((name) => parsed.typed.has(name));
  if (asked.length > 1)
    throw new UsageError(
      `-${asked.join(" and -")}: one door at a time; run the test once for each`,
    );
  const { host, unix, ws, tls } = parsed.values;
  if (ws !== undefined) return webAddress(ws, tls);
  // As for other commands: a typed door wins over both variables, and a socket over a host.
  if (unix !== undefined && asked[0] !== "host") return { door: "unix", path: unix };
  return tcpAddress(host, asked[0] === "host" ? "--host" : "GLOCKD_HOST");
}

function reporterFor(json: boolean): Reporter {
  if (json) return new JsonReporter(print);
  const terminal = process.stdout.isTTY === true;
  return new TextReporter({ write: print, terminal, colour: terminal && !process.env["NO_COLOR"] });
}
