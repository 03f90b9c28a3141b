/**
 * What goes into packages besides the binary: the manual page, completions, units. Each
 * is asked for where it is made, so that there is one place for each.
 */
import { readFileSync } from "node:fs";
import { manPage } from "./man/page.ts";
import { projectText, sourceDate, version } from "./project.ts";

/** One file of a package. */
export interface PackagedFile {
  /** Below the root of whatever it is put into; no slash in front. */
  readonly path: string;
  /** 0o755 of programs, 0o644 of the rest. */
  readonly mode: number;
  /** Text, bytes, or the path of a file to be copied. */
  readonly content: string | Uint8Array | { readonly copyOf: string };
}

/** What will be in it. */
export function bytesOf({ content }: PackagedFile): Uint8Array {
  if (typeof content === "string") return Buffer.from(content);
  return content instanceof Uint8Array ? content : readFileSync(content.copyOf);
}

/** A file of text that everybody may read. */
export function textFile(path: string, content: string): PackagedFile {
  return { path, mode: 0o644, content };
}

/** What all packages have beside the binary. */
export interface Contents {
  readonly man: string;
  /** By shell: `bash`, `zsh`, `fish`. */
  readonly completions: ReadonlyMap<Shell, string>;
  /** By name: `glockd.service`. */
  readonly units: ReadonlyMap<string, string>;
}

export type Shell = "bash" | "zsh" | "fish";
const shells: readonly Shell[] = ["bash", "zsh", "fish"];
const unitNames = ["glockd.service", "glockd.socket"];

/** `binary` is one that runs on this machine: it prints the completions. */
export async function contents(binary: string): Promise<Contents> {
  return {
    man: await manPage({ version, date: sourceDate() }),
    completions: new Map(shells.map((shell) => [shell, completion(binary, shell)])),
    units: new Map(unitNames.map((name) => [name, projectText(`packaging/${name}`)])),
  };
}

/** @throws Error when the binary does not print one. */
function completion(binary: string, shell: Shell): string {
  const run = Bun.spawnSync([binary, "completion", shell]);
  const text = run.stdout.toString();
  if (run.success && text !== "") return text;
  throw new Error(`${binary} completion ${shell} prints nothing: ${run.stderr.toString()}`);
}
