/** `glockd store`: looking into a store, mending it, and bringing holds into it. */
import { defineCommand } from "citty";
import { parseFlags, UsageError, type Flag } from "../flags.ts";
import { nearest } from "../nearest.ts";
import { StoreError } from "../store/store-error.ts";
import { versionLine } from "../version.ts";
import { complain, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const flags = [
  {
    name: "replace",
    kind: "boolean",
    default: false,
    help: "import: put what is read in the place of what the store has of the same locks.",
  },
] as const satisfies readonly Flag[];

export const usage: Usage = {
  summary: "glockd store: looks into the store of a server (-store file:DIR), and mends it.",
  synopsis: [
    "glockd store check DIR            says whether all is there, and what is not",
    "glockd store dump DIR             prints the fence mark and the holds, a JSON object a line",
    "glockd store repair DIR           makes a new store of what can be read",
    "glockd store import DIR [FILE]    brings holds in, from FILE or standard input",
  ],
  flags,
  notes: [
    "check and dump change nothing, and may be used while a server runs; repair and import need it stopped. What dump prints has the keys of the locks in it: keep it to yourself.",
    'import reads what dump prints, and the JSON file of the keyed HTTP service, {"NAME":{"key":KEY,"locked_by":{"REQUESTOR":COUNT}}}. It brings in all of it or nothing, and makes the store if there is none.',
    "repair keeps the damaged files in DIR, as damaged-TIME-NAME.",
    "Exit status: 0 done, and all is well; 1 the store is damaged, or not all could be read; 2 wrong usage or input, or there is no store that could be used.",
  ],
  examples: [
    ["glockd store check /var/lib/glockd", "is all there, and readable?"],
    ["glockd store dump /var/lib/glockd | jq -r '.name // empty'", "which locks are in it"],
    ["glockd store repair /var/lib/glockd", "after a server refused to start on it"],
    ["glockd store import /var/lib/glockd locks.json", "move from the keyed HTTP service"],
  ],
};

/** What can be done to a store; the result is the exit status. */
type Operation = (
  directory: string,
  rest: { readonly file: string | undefined; readonly replace: boolean },
) => number | Promise<number>;

/** Loaded when they are asked for, as commands are. */
const operations: Readonly<Record<string, () => Promise<Operation>>> = {
  check: async () => (await import("./store/check.ts")).check,
  dump: async () => (await import("./store/dump.ts")).dump,
  repair: async () => (await import("./store/mend.ts")).mend,
  import: async () => (await import("./store/import.ts")).importHolds,
};

export default defineCommand({
  meta: { name: "store", description: "Look into a store, and mend it." },
  run: async ({ rawArgs }) => {
    const words = rawArgs.filter((argument) => isWord(argument));
    const parsed = parseFlags(
      flags,
      rawArgs.filter((argument) => !isWord(argument)),
    );
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const [name, directory, file] = expectWords(words, parsed.given);
    try {
      const operation = await operations[name]!();
      process.exitCode = await operation(directory, { file, replace: parsed.values.replace });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      complain(`glockd store ${name}: ${error.message}\n`);
      process.exitCode = error.fault === "damaged" ? 1 : 2;
    }
  },
});

/** Not a flag. No flag of ours has a value that stands alone; `-` is standard input. */
function isWord(argument: string): boolean {
  return argument === "-" || !argument.startsWith("-");
}

/** @throws UsageError */
function expectWords(
  words: readonly string[],
  given: ReadonlySet<string>,
): [name: string, directory: string, file: string | undefined] {
  const [name, directory, file, ...more] = words;
  const known = Object.keys(operations);
  if (name === undefined)
    throw new UsageError(`say what to do: glockd store ${known.join("|")} DIR`);
  if (operations[name] === undefined) {
    const near = nearest(name, known);
    const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
    throw new UsageError(`unknown operation ${JSON.stringify(name)}; ${hint}`);
  }
  if (directory === undefined || directory === "")
    throw new UsageError(`say which store: glockd store ${name} DIR`);
  const stray = name === "import" ? more[0] : file;
  if (stray !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(stray)}`);
  if (given.has("replace") && name !== "import")
    throw new UsageError(`-replace is for import, not for ${name}`);
  // As -store names it, too.
  return [name, directory.replace(/^file:/, ""), file];
}
