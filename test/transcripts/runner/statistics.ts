/**
 * The short way to write what `q` answers: `a: command_g=1 command_q=1 connections=1`.
 * Invariant: the keys that are always listed are listed, zero where nothing is said,
 * others only where they are named.
 */

const always =
  "command_d command_dump command_g command_i command_q command_r command_sd command_sg command_si command_sr " +
  "connections invalid_commands locks orphans shared_locks shared_orphans";

/** The lines of `q` for `KEY=VALUE KEY=VALUE`; undefined when that is not what `text` is. */
export function statisticsLines(text: string): string[] | undefined {
  const values = new Map(always.split(" ").map((key) => [key, "0"]));
  for (const pair of text.trim().split(/ +/)) {
    const [, key, value] = /^([a-z_]+)=(\S+)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined) return undefined;
    values.set(key, value);
  }
  return [...values.keys()].sort().map((key) => `${key}: ${values.get(key)}`);
}

/** The short way for what `q` answered; undefined when that is not what the lines are. */
export function statisticsText(lines: readonly string[]): string | undefined {
  const pairs = lines.map((line) => line.split(": "));
  if (!always.split(" ").every((key) => pairs.some(([other]) => other === key))) return undefined;
  return pairs
    .filter(([, value]) => value !== "0")
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
