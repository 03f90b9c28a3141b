/**
 * Names and keys, checked before they become part of a command.
 *
 * Invariant: what passes arrives at the server as it is. The protocol ends a command at a
 * LF and folds white space, so a name in which that would change anything is refused.
 */
import { defaultLimits } from "../limits.ts";
import { BadNameError } from "./errors.ts";

/** Nearly all names are like this, and need no second look. */
const plain = /^[!-~]+(?: [!-~]+)*$/;
const folded = /^[\t-\r ]|[\t-\r ]$|[\t-\r]| {2}/;
const maxCharacterBytes = 3;

/** Of a lock, or of what else `what` says. @throws BadNameError */
export function checkName(name: string, what = "lock name"): string {
  const { nameBytesMax } = defaultLimits;
  if (typeof name !== "string") throw bad(what, String(name), "is no string");
  if (name.length * maxCharacterBytes <= nameBytesMax && plain.test(name)) return name;
  if (name === "") throw bad(what, name, "is empty: probably a variable was not set");
  if (name.includes("\n")) throw bad(what, name, "contains a line end");
  if (folded.test(name)) {
    throw bad(
      what,
      name,
      "contains white space that the server would drop or fold: it knows single spaces between words only",
    );
  }
  return checkText(name, what, nameBytesMax);
}

/** Of holds that outlive their connection. @throws BadNameError */
export function checkKey(key: string): string {
  if (typeof key !== "string" || key === "") throw bad("key", String(key), "is empty");
  if (/[\t-\r ]/.test(key)) throw bad("key", key, "contains white space");
  return checkText(key, "key", defaultLimits.keyBytesMax);
}

function checkText(text: string, what: string, bytesMax: number): string {
  if (!text.isWellFormed()) throw bad(what, text, "contains half of a surrogate pair");
  if (Buffer.byteLength(text) > bytesMax) {
    throw bad(what, text, `is longer than ${bytesMax} bytes`);
  }
  return text;
}

function bad(what: string, text: string, why: string): BadNameError {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new BadNameError(`the ${what} ${JSON.stringify(shown)} ${why}`);
}
