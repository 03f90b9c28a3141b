/** The same work in the words of each server: get a lock and release it, in turn. */
import type { Step } from "../../src/tester/load/script.ts";

/** How a server is spoken to. */
export type Dialect = "glockd" | "redis";

/** A get and a release of one name. */
export function cycle(dialect: Dialect, name: string): readonly Step[] {
  if (dialect === "glockd")
    return [
      { command: `g ${name}\n`, due: "1" },
      { command: `r ${name}\n`, due: "1" },
    ];
  return [
    { command: resp("SET", name, "1", "NX"), due: "+" },
    { command: resp("DEL", name), due: ":" },
  ];
}

/** A command of redis: an array of strings with their lengths. */
function resp(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
