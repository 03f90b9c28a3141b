/**
 * What may stand in a line of a transcript besides plain text: escapes for bytes,
 * repetitions, and placeholders for what only the run itself decides. Text is latin1
 * throughout: one character is one byte.
 * Invariant: a placeholder that was bound keeps its value for the rest of the scene.
 */
import { type Origin, TranscriptError } from "./script.ts";

/** What placeholders stand for: `$A` addresses, `$F1` numbers, `$T1` times. */
export type Bindings = Map<string, string>;

type Token = { readonly literal: string } | { readonly placeholder: string };

const tokenShape =
  /\\x([0-9a-fA-F]{2})|\\([\\tnvfrs0])|\$\((\d+)\*((?:[^)\\]|\\x[0-9a-fA-F]{2})+)\)|\$([A-Z]\d*|[a-z]+)|(\$\$)/g;
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  s: " ",
  "0": "\0",
};
const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;
const open: Readonly<Record<string, string>> = { any: ".*?", number: "\\d+", time: times.source };

/** The bytes to send. Every placeholder has to be bound. */
export function sentText(text: string, bindings: Bindings, origin: Origin): string {
  return tokenize(text, origin)
    .map((token) => {
      if ("literal" in token) return token.literal;
      const value = bindings.get(token.placeholder);
      if (value === undefined)
        throw new TranscriptError(origin, `$${token.placeholder} is not known yet`);
      return value;
    })
    .join("");
}

/** The placeholders that a line mentions and that are not bound. */
export function unbound(text: string, bindings: Bindings, origin: Origin): string[] {
  return tokenize(text, origin).flatMap((token) =>
    "placeholder" in token && !bindings.has(token.placeholder) ? [token.placeholder] : [],
  );
}

/** Whether a received line is the expected one; binds what it captured if it is. */
export function matches(
  text: string,
  received: string,
  bindings: Bindings,
  origin: Origin,
): boolean {
  const captured: string[] = [];
  let source = "";
  for (const token of tokenize(text, origin)) {
    if ("literal" in token) source += escapeForExpression(token.literal);
    else source += expressionOf(token.placeholder, bindings, captured, origin);
  }
  const found = new RegExp(`^${source}$`, "s").exec(received);
  if (found === null) return false;
  captured.forEach((name, index) => bindings.set(name, found[index + 1] ?? ""));
  return true;
}

/** A received line as a transcript would write it, with the addresses that are known. */
export function written(received: string, bindings: Bindings): string {
  let text = received.replace(/[\\$]/g, (character) => (character === "$" ? "$$" : "\\\\"));
  // Non-ASCII stays as it is where it is UTF-8: transcripts are UTF-8 files.
  const isText =
    Buffer.from(Buffer.from(received, "latin1").toString("utf8")).toString("latin1") === received;
  text = text.replace(isText ? /[\x00-\x1f\x7f]/g : /[\x00-\x1f\x7f-\xff]/g, (character) => {
    return character === "\t"
      ? "\\t"
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  for (const [name, value] of bindings) {
    if (/^[A-Z]$/.test(name))
      text = text.replaceAll(new RegExp(`${escapeForExpression(value)}(?!\\d)`, "g"), `$$${name}`);
  }
  return text
    .replace(/ $/, "\\s")
    .replace(/(.)\1{99,}/g, (run, character) => `$(${run.length}*${character})`);
}

/** Whether `$F2 > $F1`, `$T2 = $T1 + 5s` and the like hold. Times count in milliseconds. */
export function holds(text: string, bindings: Bindings, origin: Origin): boolean {
  const [, left, sign, right, ...rest] = /^(.+?) (<|>|=|<=|>=) (.+)$/.exec(text) ?? [];
  if (left === undefined || right === undefined || rest.length > 0) {
    throw new TranscriptError(origin, "a check is written `= $F2 > $F1`");
  }
  const difference = valueOf(left, bindings, origin) - valueOf(right, bindings, origin);
  if (sign === "=") return difference === 0;
  if (sign === "<" || sign === "<=") return difference < 0 || (sign === "<=" && difference === 0);
  return difference > 0 || (sign === ">=" && difference === 0);
}

function tokenize(text: string, origin: Origin): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const literal = (piece: string): void => {
    if (/[\\$]/.test(piece))
      throw new TranscriptError(origin, `cannot read \`${piece}\`: write \\\\ or $$`);
    if (piece !== "") tokens.push({ literal: piece });
  };
  for (const found of text.matchAll(tokenShape)) {
    literal(text.slice(at, found.index));
    at = found.index + found[0].length;
    const [, hex, escape, count, unit, placeholder] = found;
    if (hex !== undefined) tokens.push({ literal: String.fromCharCode(Number.parseInt(hex, 16)) });
    else if (escape !== undefined) tokens.push({ literal: escapes[escape] ?? "" });
    else if (unit !== undefined) tokens.push({ literal: repeated(unit, Number(count)) });
    else if (placeholder !== undefined) tokens.push({ placeholder });
    else tokens.push({ literal: "$" });
  }
  literal(text.slice(at));
  return tokens;
}

function repeated(unit: string, count: number): string {
  const bytes = unit.replace(/\\x(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return bytes.repeat(count);
}

function expressionOf(
  name: string,
  bindings: Bindings,
  captured: string[],
  origin: Origin,
): string {
  const value = bindings.get(name);
  if (value !== undefined) return escapeForExpression(value);
  if (captured.includes(name)) return `\\${captured.indexOf(name) + 1}`;
  const shape = /^[a-z]+$/.test(name) ? open[name] : undefined;
  if (shape !== undefined) return shape;
  captured.push(name);
  if (/^F\d+$/.test(name)) return "([1-9]\\d{0,15})";
  if (/^T\d+$/.test(name)) return `(${times.source})`;
  throw new TranscriptError(origin, `$${name} is no placeholder, or that client has not connected`);
}

function valueOf(side: string, bindings: Bindings, origin: Origin): number {
  let sum = 0;
  for (const [index, term] of side.split(" + ").entries()) {
    const duration = /^(\d+)(ms|s|)$/.exec(term);
    const text = duration ? "" : sentText(term, bindings, origin);
    const value = duration
      ? Number(duration[1]) * (duration[2] === "s" ? 1000 : 1)
      : times.test(text)
        ? Date.parse(text)
        : Number(text);
    if (Number.isNaN(value))
      throw new TranscriptError(origin, `\`${term}\` is no number (term ${index + 1})`);
    sum += value;
  }
  return sum;
}

function escapeForExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
