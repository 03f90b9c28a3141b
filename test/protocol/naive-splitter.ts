/** Lines as the protocol's first pages say, from all of the input at once: slow and obvious. */

/** A command, folded; or the beginning of one that is too long. Text a character a byte. */
export interface Split {
  readonly found: "line" | "too long";
  readonly text: string;
}

const beginningBytes = 64;

/** What `input` holds; its last line counts only if it is ended, or too long already. */
export function naiveSplit(input: string, lineBytesMax: number): Split[] {
  const lines = input.split("\n");
  const unfinished = lines.pop()!;
  const split = lines.flatMap((line) => {
    const raw = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (raw.length > lineBytesMax) return [tooLong(raw)];
    const text = folded(raw);
    return text === "" ? [] : [{ found: "line", text } as const];
  });
  // The one byte more may be a CR.
  return unfinished.length > lineBytesMax + 1 ? [...split, tooLong(unfinished)] : split;
}

function tooLong(raw: string): Split {
  return { found: "too long", text: folded(raw.slice(0, beginningBytes)) };
}

function folded(raw: string): string {
  return raw
    .split(/[ \t\n\v\f\r]+/)
    .filter((word) => word !== "")
    .join(" ");
}
