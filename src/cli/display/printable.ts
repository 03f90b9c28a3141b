/**
 * Names and text as a terminal may be sent them: others have chosen them.
 * Invariant: what comes out moves no cursor, changes no colour and no direction of
 * writing, and is exactly as wide as was asked for.
 */

/** Control characters, and marks that are not seen but change how their neighbours are. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

const graphemes = new Intl.Segmenter();

/** A name beside others: as it is, or as JSON writes it where an eye would be led astray. */
export function shownName(name: string): string {
  if (name !== "" && !name.includes('"') && name.search(unprintable) === -1) return name;
  return printable(JSON.stringify(name));
}

/** Text with what cannot be shown written as JSON would, `\u001b`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) =>
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(""),
  );
}

/** Cut or filled up with spaces to `width` columns; a cut ends in `…`. */
export function fitted(text: string, width: number, align: "left" | "right" = "left"): string {
  if (width <= 0) return "";
  const length = Bun.stringWidth(text);
  if (length > width) return cut(text, width);
  const filling = " ".repeat(width - length);
  return align === "left" ? text + filling : filling + text;
}

function cut(text: string, width: number): string {
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const columns = Bun.stringWidth(segment);
    if (used + columns > width - 1) break;
    kept += segment;
    used += columns;
  }
  return `${kept}…${" ".repeat(width - 1 - used)}`;
}

function escaped(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
