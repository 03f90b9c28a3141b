/** Completions for zsh, for a file `_glockd` in `$fpath` or to be sourced. */
import type { CommandWords, FlagWords } from "./words.ts";

/** A script that is the completion function, and registers it when it is sourced. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const [first] = commands;
  return `#compdef glockd
# zsh completion of glockd, printed by: glockd completion zsh
_glockd() {
  local curcontext="$curcontext" command=$words[2]
  # Not commands: that is the shell's own list, which _normal needs.
  local -a glockd_commands
  glockd_commands=(
${commands.map(({ name, hint }) => `    ${quoted(`${name}:${hint}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command glockd_commands
    return
  fi
  if [[ $command == -* ]]; then
    command=${first?.name ?? ""}
  else
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${commands.map(ofCommand).join("\n")}
  esac
}
if [[ $funcstack[1] == _glockd ]]; then
  _glockd "$@"
else
  compdef _glockd glockd
fi
`;
}

function ofCommand({ name, flags, choices, takesCommand }: CommandWords): string {
  const operand = choices.length === 0 ? "'*: : '" : quoted(`1:operand:(${choices.join(" ")})`);
  const words = [...flags.flatMap(specifications), operand];
  const behindDashes = takesCommand ? commandBehindDashes : "";
  return `    ${name})${behindDashes}\n      _arguments \\\n        ${words.join(" \\\n        ")}\n      ;;`;
}

/** As if what stands there were the whole line. */
const commandBehindDashes = `
      local dashes=\${words[(i)--]}
      if (( dashes < CURRENT )); then
        shift $dashes words
        (( CURRENT -= dashes ))
        _normal
        return
      fi`;

/** \`--wait[hint]:S:\`, one for each spelling. */
function specifications({ spellings, hint, argument }: FlagWords): string[] {
  const text = hint.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
  const behind =
    argument.kind === "none"
      ? ""
      : argument.kind === "path"
        ? ":file:_files"
        : argument.kind === "choice"
          ? `:value:(${argument.choices.join(" ")})`
          : ":value: ";
  return spellings.map((word) => quoted(`${word}[${text}]${behind}`));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
