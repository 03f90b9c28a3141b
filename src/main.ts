/**
 * The root of the command line. `serve` is what runs when no command is named; each
 * command is loaded when it runs. citty finds and runs all others; what one is given is
 * read by its own flag table, as citty would let mistakes pass.
 */
import type { CommandDef } from "citty";
import { cliCommands } from "./cli/commands.ts";
import { stepCalledAs } from "./cli/concourse/called-as.ts";
import { exitStatus } from "./cli/exit-status.ts";
import { complain, print } from "./cli/display/output.ts";
import { UsageError } from "./flag.ts";
import { nearest } from "./nearest.ts";

/** What people type where they mean a flag. */
const synonyms: ReadonlyMap<string, readonly string[]> = new Map([
  ["help", ["-help"]],
  ["version", ["-version"]],
]);

/** Runs a command with the `words` behind its name. */
async function runNamed(command: string, words: readonly string[]): Promise<void> {
  // A server does without citty: it would listen some milliseconds later.
  if (command === "serve") {
    const { run } = await import("./cli/serve.ts");
    if ((await run(words)) === "help") print(overview());
    return;
  }
  const { runCommand } = await import("citty");
  await runCommand(rootOf(words), { rawArgs: [command] });
}

/** The commands, each of which will find `words` behind its name. */
function rootOf(words: readonly string[]): CommandDef {
  return {
    meta: { name: "glockd" },
    subCommands: Object.fromEntries(
      cliCommands.map(({ name, load }) => [
        name,
        async () => spoken((await load()).default, words),
      ]),
    ),
  };
}

/** citty would parse what it hands on, and breaks down at words like `-unix_mode`. */
function spoken(command: CommandDef, words: readonly string[]): CommandDef {
  const { run } = command;
  return { ...command, run: (context) => run?.({ ...context, rawArgs: [...words] }) };
}

/** Runs what `argv` (the program's name left out) asks for; complaints end the process. */
async function main(argv: readonly string[]): Promise<void> {
  let command = "serve";
  try {
    const [first] = argv;
    const meant = first === undefined ? undefined : synonyms.get(first);
    const named = meant === undefined && first !== undefined && !first.startsWith("-");
    if (named) command = commandNamed(first);
    const words = meant ?? argv.slice(named ? 1 : 0);
    await runNamed(command, words);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      complain(`glockd: bug in glockd, please report it: ${stack}\n`);
      process.exit(exitStatus.bug);
    }
    const help = command === "serve" ? "glockd -help" : `glockd ${command} -help`;
    complain(`glockd: ${error.message}\n${help} lists the flags\n`);
    process.exit(exitStatus.usage);
  }
}

/** Below the usage of the command that runs when none is named. */
function overview(): string {
  const width = Math.max(...cliCommands.map(({ name }) => name.length)) + 2;
  const lines = cliCommands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`);
  return `\nCommands (glockd COMMAND -help):\n${lines.join("")}`;
}

function commandNamed(name: string): string {
  const known = cliCommands.map((command) => command.name);
  if (known.includes(name)) return name;
  const near = nearest(name, known);
  const all = `${known.slice(0, -1).join(", ")} and ${known.at(-1)}`;
  const hint = near === undefined ? `there are ${all}` : `did you mean ${near}?`;
  throw new UsageError(`unknown command ${JSON.stringify(name)}; ${hint}`);
}

/** What links to the binary stand for: Concourse calls /opt/resource/check, in and out. */
function impliedBy(argv0: string): readonly string[] {
  const step = stepCalledAs(argv0);
  return step === undefined ? [] : ["concourse", step];
}

await main([...impliedBy(process.argv0), ...process.argv.slice(2)]);
