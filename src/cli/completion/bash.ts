/** Completions for bash, 3.2 and newer, without the bash-completion package. */
import type { CommandWords, FlagWords } from "./words.ts";

/** A script that defines and registers the completion. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const [first] = commands;
  return `# bash completion of glockd, printed by: glockd completion bash
_glockd() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} at words=
  local command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -gt 1 ] && [ "\${command#-}" = "$command" ]; then
    for ((at = 2; at < COMP_CWORD; at++)); do
      if [ "\${COMP_WORDS[at]}" = -- ]; then
        if [ "$((at + 1))" -eq "$COMP_CWORD" ]; then
          COMPREPLY=($(compgen -c -- "$word"))
        else
          COMPREPLY=($(compgen -f -- "$word"))
        fi
        return
      fi
    done
  elif [ "$COMP_CWORD" -eq 1 ] && [ "\${word#-}" = "$word" ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  else
    command=${first?.name ?? ""}
  fi
  case $command in
${commands.map(ofCommand).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o filenames -F _glockd glockd
`;
}

function ofCommand({ name, flags, choices }: CommandWords): string {
  const spellings = flags.flatMap((flag) => flag.spellings);
  const cases = flags.flatMap((flag) => ofArgument(flag));
  return `    ${name})
      case $before in
${[...cases, "        *) ;;"].join("\n")}
      esac
      if [ "\${word#-}" = "$word" ]; then
        words="${choices.join(" ")}"
      else
        words="${spellings.join(" ")}"
      fi
      ;;`;
}

/** What stands behind a flag that takes something; a flag is taken with one dash, too. */
function ofArgument({ spellings, argument }: FlagWords): string[] {
  const both = spellings.flatMap((word) =>
    word.startsWith("--") ? [word, word.slice(1)] : [word],
  );
  const pattern = `        ${both.join("|")})`;
  switch (argument.kind) {
    case "none":
      return [];
    case "path":
      return [`${pattern} COMPREPLY=($(compgen -f -- "$word")); return ;;`];
    case "choice":
      return [
        `${pattern} words="${argument.choices.join(" ")}"; COMPREPLY=($(compgen -W "$words" -- "$word")); return ;;`,
      ];
    case "other":
      return [`${pattern} return ;;`];
  }
}
