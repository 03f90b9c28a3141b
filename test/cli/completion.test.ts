/** Completions, asked for as each shell asks: every one knows all commands and their flags. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { dirname } from "node:path";
import { cliCommands } from "../../src/cli/commands.ts";
import { compiledBinary } from "../binary.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";
import { glockd } from "./glockd.ts";

setDefaultTimeout(testMilliseconds);

/** What a shell does to show the completions of the line in `$1`, one in a line. */
const askers = {
  bash: [
    "bash",
    "-c",
    `source <(glockd completion bash)
     read -ra COMP_WORDS <<<"$1"; [[ $1 == *" " ]] && COMP_WORDS+=("")
     COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _glockd; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  fish: [
    "fish",
    "--no-config",
    "-c",
    "glockd completion fish | source; complete -C $argv[2] | string replace -r '\\t.*' ''",
  ],
  // It completes at a prompt only: what it would insert is caught.
  zsh: [
    "zsh",
    "-f",
    "-c",
    `zmodload zsh/zpty; zpty z zsh -f -i
     zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source <(glockd completion zsh)
       compadd() { builtin compadd -O found "$@"; print -rl -- $found }
       function _describe { local each
         for each in "$@"; do [[ \${(Pt)each} == array* ]] && print -rl -- "\${(@)\${(P@)each}%%:*}"; done }
       show() { print; print FROM; _main_complete; print END }; zle -C show complete-word show; bindkey "^X" show; print BE''GIN'
     zpty -r z text '*BEGIN*'; zpty -w -n z "$1"$'\\C-X'; zpty -r z text '*END*'; print -r -- $text`,
  ],
} as const;

const shells = (["bash", "fish", "zsh"] as const).map((shell) => {
  const reason = missing(shell);
  return [shell + (reason === undefined ? "" : ` (skipped: ${reason})`), shell, reason] as const;
});

for (const [title, shell, reason] of shells) {
  test.skipIf(reason !== undefined)(`${title} completes commands, flags and choices`, async () => {
    expect(await completions(shell, "glockd ")).toEqual(
      expect.arrayContaining(cliCommands.map(({ name }) => name)),
    );
    for (const { name, load } of cliCommands) {
      const { usage } = await load();
      const flags = usage.flags.map((flag) => flag.name).filter((flag) => flag.length > 1);
      const known = flags.map((flag) => `--${flag}`);
      expect(await completions(shell, `glockd ${name} --`)).toEqual(expect.arrayContaining(known));
    }
    expect(await completions(shell, "glockd serve --log-format pr")).toEqual(["pretty"]);
    expect(await completions(shell, "glockd completion fi")).toEqual(["fish"]);
    expect(await completions(shell, "glockd run lock -- unam")).toContain("uname");
  });
}

test("Another shell than these is refused by name", async () => {
  const ended = await glockd(["completion", "tcsh"]);
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).toContain('"tcsh" is not one of bash, zsh, fish');
});

async function completions(shell: keyof typeof askers, line: string): Promise<string[]> {
  const path = `${dirname(await compiledBinary())}:${process.env["PATH"]}`;
  const child = Bun.spawn([...askers[shell], shell, line], {
    env: { PATH: path, HOME: "/nonexistent", TERM: "dumb" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const text = await within(`completions of ${shell}`, new Response(child.stdout).text());
  const lines = text.split(/\r?\n/).filter((word) => word !== "" && word !== "END");
  return lines.slice(lines.indexOf("FROM") + 1);
}
