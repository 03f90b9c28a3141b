/**
 * `make bench`: measures this server beside its peers, with its own load code, in one run.
 * The sections are independent; `-only` picks some.
 */
import { parseFlags, UsageError, type Flag } from "../../src/flags.ts";
import { renderUsage } from "../../src/cli/usage.ts";
import { durable } from "./sections/durable.ts";
import { growth } from "./sections/growth.ts";
import { handoff } from "./sections/handoff.ts";
import { http } from "./sections/http.ts";
import { memory } from "./sections/memory.ts";
import type { Section } from "./sections/section.ts";
import { glockd } from "./servers.ts";
import { stalls } from "./sections/stalls.ts";
import { startup } from "./sections/startup.ts";
import { throughput } from "./sections/throughput.ts";
import { waiters } from "./sections/waiters.ts";

const sections: readonly Section[] = [
  startup,
  throughput,
  http,
  handoff,
  waiters,
  growth,
  memory,
  stalls,
  durable,
];
const names = sections.map((section) => section.name);

const flags = [
  {
    name: "seconds",
    kind: "number",
    default: 1,
    min: 0.02,
    max: 600,
    value: "S",
    help: "How long each load is measured.",
  },
  {
    name: "rounds",
    kind: "integer",
    default: 3,
    min: 1,
    max: 100,
    value: "N",
    help: "How often; the median is shown.",
  },
  {
    name: "clients",
    kind: "integer",
    default: 50,
    min: 1,
    max: 5_000,
    value: "N",
    help: "Connections that make the load.",
  },
  {
    name: "only",
    kind: "string",
    default: undefined,
    value: "NAMES",
    help: `Only these sections, separated by commas: ${names.join(", ")}.`,
  },
  {
    name: "glockd",
    kind: "string",
    default: undefined,
    value: "PATH",
    help: "The server: a binary, or a file for bun. The built binary without it, else the source.",
  },
  {
    name: "scale",
    kind: "number",
    default: 1,
    min: 0.000_1,
    max: 10,
    value: "X",
    help: "Multiplies how many locks, connections and starts there are.",
  },
] as const satisfies readonly Flag[];

const usage = {
  summary: "Measures glockd beside its peers.",
  synopsis: ['make bench FLAGS="[FLAGS]"', "bun test/bench/bench.ts [FLAGS]"],
  flags,
};

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(): Promise<void> {
  const parsed = parseFlags(flags, process.argv.slice(2));
  if (parsed.request !== "run") return write(renderUsage(usage));
  const { only, glockd: path, ...numbers } = parsed.values;
  const chosen = choose(only);
  const bench = { ...numbers, glockd: glockd(path), write };
  for (const section of chosen) {
    write(`\n${section.name}\n`);
    await section.run(bench);
  }
}

function choose(only: string | undefined): readonly Section[] {
  if (only === undefined) return sections;
  const wanted = only.split(",").map((name) => name.trim());
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `-only: there is no section ${JSON.stringify(unknown)}; there are ${names.join(", ")}`,
    );
  return sections.filter(({ name }) => wanted.includes(name));
}

function write(text: string): void {
  process.stdout.write(text);
}
