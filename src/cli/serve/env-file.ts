/**
 * A file of variables: `NAME=VALUE` lines, as systemd and shells read them, without what
 * only shells can do. Comments begin with `#` or `;`; a value may stand in quotes.
 * Invariant: nothing in the file is ever ignored: what is not understood is refused.
 */
import { UsageError } from "../../flag.ts";
import { fs } from "../../late.ts";
import { reasonOf } from "../../system/reason.ts";
import { nearestVariable, serverVariables } from "./variables.ts";

/** The variables of a file; `-FILE`: none if there is no such file. @throws UsageError */
export function readEnvFile(place: string): Readonly<Record<string, string>> {
  const optional = place.startsWith("-");
  const path = optional ? place.slice(1) : place;
  let text;
  try {
    text = fs().readFileSync(path, "utf8");
  } catch (error) {
    if (optional && (error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new UsageError(`-env-file: cannot read ${path}: ${reasonOf(error)}`);
  }
  return parseEnvFile(text, path);
}

/** @throws UsageError that names `path` and the line. */
export function parseEnvFile(text: string, path: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  const known = knownVariables();
  text.split(/\r?\n/).forEach((line, index) => {
    if (/^\s*([#;].*)?$/.test(line)) return;
    const refuse = (why: string): never => {
      throw new UsageError(`-env-file: ${path}, line ${index + 1}: ${why}`);
    };
    const [, name = "", value = ""] = /^\s*([A-Za-z_]\w*)=\s*(.*?)\s*$/.exec(line) ?? [];
    // Not what stands there: it may be a secret.
    if (name === "") return refuse("this is not NAME=VALUE");
    if (!known.has(name)) return refuse(`${name} is no variable of the server${hint(name, known)}`);
    if (name in variables) return refuse(`${name} stands there twice`);
    variables[name] = unquoted(value) ?? refuse(`the quotes of ${name} do not match`);
  });
  return variables;
}

/** All that the server reads but for the file's own name: one file is enough. */
function knownVariables(): ReadonlySet<string> {
  return serverVariables().difference(new Set(["GLOCKD_ENV_FILE"]));
}

function hint(name: string, known: ReadonlySet<string>): string {
  const meant = nearestVariable(name);
  return meant === undefined || !known.has(meant) ? "" : `; did you mean ${meant}?`;
}

function unquoted(value: string): string | undefined {
  const [first = ""] = value;
  if (first !== '"' && first !== "'") return value;
  const inner = value.slice(1, -1);
  return value.length > 1 && value.endsWith(first) && !inner.includes(first) ? inner : undefined;
}
