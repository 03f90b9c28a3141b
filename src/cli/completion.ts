/** `glockd completion`: what a shell has to know to complete the commands and their flags. */
import { type CommandDef, defineCommand } from "citty";
import { parseFlags, UsageError } from "../flags.ts";
import { versionLine } from "../version.ts";
import type { CliCommand } from "./completion/command.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { wordsOf } from "./completion/words.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
const names = Object.keys(shells) as readonly (keyof typeof shells)[];

const usage: Usage = {
  summary: "glockd completion: prints what a shell needs to complete glockd's commands and flags.",
  synopsis: ["glockd completion bash|zsh|fish"],
  flags: [],
  operandChoices: names,
  notes: [
    "For zsh: glockd completion zsh >DIRECTORY/_glockd, with a directory of $fpath. For fish: glockd completion fish >~/.config/fish/completions/glockd.fish.",
  ],
  examples: [["source <(glockd completion bash)", "for this shell; in ~/.bashrc, for all"]],
};

/** The command, once it is known of which commands it tells: it is one of them. */
export function completionOf(
  commands: readonly CliCommand[],
): Awaited<ReturnType<CliCommand["load"]>> {
  return { usage, default: completionCommand(commands) };
}

function completionCommand(commands: readonly CliCommand[]): CommandDef {
  return defineCommand({
    meta: { name: "completion", description: "Print completions for a shell." },
    run: async ({ rawArgs }) => {
      const parsed = parseFlags([], rawArgs, {}, [], { names: [names.join("|")] });
      if (parsed.request === "help") return print(renderUsage(usage));
      if (parsed.request === "version") return print(`${versionLine}\n`);
      const [asked] = parsed.operands;
      const shell = names.find((name) => name === asked);
      if (shell === undefined)
        throw new UsageError(`${JSON.stringify(asked)} is not one of ${names.join(", ")}`);
      print(shells[shell](await wordsOf(commands)));
    },
  });
}
