/**
 * What is typed: bytes of a terminal in raw mode → keys.
 * Invariant: an escape sequence that is not known is one key that means nothing, never
 * the letters that it is made of.
 */

/** `up`, `enter`, …, or a character as it was typed. */
export type Key = { readonly kind: "text"; readonly text: string } | { readonly kind: KeyName };

export type KeyName =
  | "up"
  | "down"
  | "pageUp"
  | "pageDown"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "backspace"
  | "clear"
  | "interrupt"
  | "suspend"
  | "redraw"
  | "unknown";

const sequences: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  OA: "up",
  OB: "down",
  "[5~": "pageUp",
  "[6~": "pageDown",
  "[H": "home",
  "[F": "end",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[4~": "end",
};

const controls: Readonly<Record<string, KeyName>> = {
  "\u0003": "interrupt",
  "\u0008": "backspace",
  "\n": "enter",
  "\u000C": "redraw",
  "\r": "enter",
  "\u0015": "clear",
  "\u001A": "suspend",
  "\u007F": "backspace",
};

/** Of text that came at once: a lone ESC at its end is the key. */
export function keysOf(text: string): Key[] {
  const keys: Key[] = [];
  // CSI and SS3 sequences, else one character.
  for (const [part] of text.matchAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|O[@-~])|[^]/gu)) {
    if (part === "\u001B") keys.push({ kind: "escape" });
    else if (part.startsWith("\u001B")) keys.push({ kind: sequences[part.slice(1)] ?? "unknown" });
    else if (part in controls) keys.push({ kind: controls[part] ?? "unknown" });
    else if (/\p{Cc}/u.test(part)) keys.push({ kind: "unknown" });
    else keys.push({ kind: "text", text: part });
  }
  return keys;
}
