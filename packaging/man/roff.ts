/**
 * Text in the language of man(7).
 * Invariant: whatever is in a text comes out as that text; nothing in it is taken for a
 * request or a macro.
 */

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\e",
  // Options are to be copied from the page: hyphens would not be minus signs.
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

/** One piece of a line. */
export function escaped(text: string): string {
  return text
    .replace(/[\\\-'`^~"]/g, (character) => escapes[character] ?? character)
    .replace(/[^\0-\x7F]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
    });
}

const columns = 78;

/** Prose: a sentence begins a line, and no line is long. */
export function prose(text: string): string[] {
  const sentences = text.split(/(?<=[^.][.!?;:]) +(?=\S)/);
  return sentences.flatMap((sentence) => wrapped(sentence)).map(asText);
}

/** A line that is not filled: what somebody would type. */
export function literal(text: string): string {
  return asText(escaped(text));
}

/** A macro with its arguments, each in quotes where it must be: `.SH "EXIT STATUS"`. */
export function macro(name: string, ...words: readonly string[]): string {
  const quoted = words.map((word) => (/[\s]|^$/.test(word) ? `"${escaped(word)}"` : escaped(word)));
  return [`.${name}`, ...quoted].join(" ");
}

function wrapped(sentence: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of escaped(sentence).split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** A dot at the start of a line would make it a request; the apostrophe is escaped already. */
function asText(line: string): string {
  return line.startsWith(".") ? `\\&${line}` : line;
}
