/** Completions for fish, for its directory of completions or to be sourced. */
import type { CommandWords, FlagWords } from "./words.ts";

const head = `# fish completion of glockd, printed by: glockd completion fish
function __glockd_behind_dashes
    set -l words (commandline -opc) (commandline -ct)
    while set -q words[1]; and test "$words[1]" != --
        set -e words[1]
    end
    set -q words[2]; and complete -C "$words[2..-1]"
end`;

/** One line for each word. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  const first = commands[0]?.name;
  const lines = commands.flatMap((command) => {
    const { name, hint, flags, choices, takesCommand } = command;
    const inCommand = `-n '__fish_seen_subcommand_from ${name}'`;
    // Without a command's name, the first one is meant.
    const conditions = name === first ? [inCommand, "-n __fish_use_subcommand"] : [inCommand];
    return [
      `complete -c glockd -f -n __fish_use_subcommand -a ${name} -d ${quoted(hint)}`,
      ...conditions.flatMap((condition) => flags.map((flag) => ofFlag(flag, condition))),
      ...(choices.length === 0
        ? []
        : [`complete -c glockd -f ${inCommand} -a ${quoted(choices.join(" "))}`]),
      takesCommand
        ? `complete -c glockd -f ${inCommand} -a '(__glockd_behind_dashes)'`
        : `complete -c glockd -f ${inCommand}`,
    ];
  });
  return [head, ...lines, ""].join("\n");
}

function ofFlag({ spellings, hint, argument }: FlagWords, condition: string): string {
  const words = spellings.map((word) =>
    word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`,
  );
  const behind =
    argument.kind === "none"
      ? ""
      : argument.kind === "path"
        ? " -r -F"
        : argument.kind === "choice"
          ? ` -x -a ${quoted(argument.choices.join(" "))}`
          : " -x";
  return `complete -c glockd ${condition} ${words.join(" ")}${behind} -d ${quoted(hint)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
