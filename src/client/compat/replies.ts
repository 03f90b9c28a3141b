/** What replies of the server mean to a caller: numbers, holders, clients, or an error. */

/** A reply of one line: `1 Lock Get Success: foo`. */
export interface Reply {
  readonly number: number;
  /** What follows the number; `null` when nothing does. */
  readonly message: string | null;
}

const disabled = "0 disabled";

/** What a disabled feature's command fails with. */
export const disabledWords = {
  dump: "The dump feature of the lockd server is disabled.",
  who: "The dump and/or registry features of the lockd server are disabled.",
  registry: "The registry feature of the lockd server is disabled.",
} as const;

/** @throws Error when the line is no reply. */
export function parseReply(line: string): Reply {
  const [, number, message = null] = /^(\d+)(?: (.*))?$/s.exec(line) ?? [];
  if (number === undefined) {
    throw new Error(`Unexpected data received from lockd server: ${line}`);
  }
  return { number: Number(number), message };
}

/** The reply of a command that wants something. @throws Error with its message for number 0. */
export function parseSuccess(line: string): Reply {
  const reply = parseReply(line);
  if (reply.number === 0) throw new Error(reply.message ?? line);
  return reply;
}

/** As `parseSuccess`, of a command of the registry. */
export function parseRegistered(line: string): Reply {
  if (line === disabled) throw new Error(disabledWords.registry);
  return parseSuccess(line);
}

/** The reply of `i` or `si`: a free lock is no error, anything else with number 0 is. */
export function parseInspection(line: string): Reply {
  const reply = parseReply(line);
  return / Not Locked: /.test(line) ? reply : parseSuccess(line);
}

/** The reply of `me`. */
export function parseMe(line: string): { readonly address: string; readonly name: string } {
  const { message } = parseSuccess(line);
  const [, address = "", name = address] = /^(\S+)(?: (.*))?$/s.exec(message ?? "") ?? [];
  return { address, name };
}

/** What a listing's lines say, split in two by `split`. @throws Error for a refusal. */
export function parseListing(
  lines: readonly string[],
  options: { split: (line: string) => Pair; disabledText: string },
): Pair[] {
  for (const line of lines) {
    if (line === disabled) throw new Error(options.disabledText);
    if (line.includes(": ") && !line.startsWith("0 Unavailable: ")) continue;
    throw new Error(parseReply(line).message ?? line);
  }
  return lines.map(options.split);
}

/** A lock's name and its holder, or a key and what it stands for. */
export type Pair = readonly [string, string];

/** Of `KEY: VALUE`, where keys have no `: ` in them: statistics, and addresses. */
export function splitAtFirst(line: string): Pair {
  const at = line.indexOf(": ");
  return [line.slice(0, at), line.slice(at + 2)];
}

/**
 * Of `NAME: HOLDER`, which both may have `: ` in them: a holder that is an address is
 * known by its looks, else the name ends at the first one.
 */
export function splitHolder(line: string): Pair {
  const [, name, address] = /^(.*): (\S+:\d+)$/s.exec(line) ?? [];
  return name === undefined || address === undefined ? splitAtFirst(line) : [name, address];
}

/** `name` as the server has it: trimmed, each run of white space one space. */
export function folded(name: string): string {
  return name
    .split(/[ \t\v\f\r]+/)
    .filter((word) => word !== "")
    .join(" ");
}
