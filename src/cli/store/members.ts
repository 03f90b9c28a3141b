/**
 * Members of JSON objects that were given to `import`, checked one by one.
 * Invariant: a complaint says where the input is wrong, and shows no key.
 */
import { UsageError } from "../../flag.ts";
import { limitBounds } from "../../limits.ts";

/** Where in the input something stands: `line 3`, `the lock "deploy"`. */
export type Place = string;

/** A JSON object. */
export type Members = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A lock's name as bytes: what the protocol can say. @throws UsageError */
export function nameFrom(members: Members, place: Place): Buffer {
  const name = bytesFrom(members, { member: "name", place, bytesMax: limitBounds.nameBytesMax });
  if (/^ | $| {2}/.test(name.toString("latin1")))
    throw new UsageError(`${place}: name has white space at its ends, or in a run`);
  return name;
}

export interface TextMember {
  readonly member: string;
  readonly place: Place;
  readonly bytesMax: number;
}

/** Text, or bytes by the member with `_base64` behind its name. @throws UsageError */
export function bytesFrom(members: Members, { member, place, bytesMax }: TextMember): Buffer {
  const encoded = members[`${member}_base64`];
  const bytes =
    encoded === undefined
      ? textBytes(members[member], `${place}: ${member}`)
      : base64Bytes(encoded, `${place}: ${member}_base64`);
  if (encoded !== undefined && members[member] !== undefined)
    throw new UsageError(`${place}: there are both ${member} and ${member}_base64`);
  if (bytes.length === 0) throw new UsageError(`${place}: ${member} is empty`);
  if (bytes.length > bytesMax)
    throw new UsageError(`${place}: ${member} is longer than ${bytesMax} bytes`);
  if (bytes.some((byte) => byte < 0x20 || byte === 0x7f))
    throw new UsageError(`${place}: ${member} has a control character`);
  return bytes;
}

/** A whole number of 1 or more that doubles carry. @throws UsageError */
export function positiveFrom(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${what} is not a whole number of 1 or more`);
}

/** A moment, as milliseconds since the epoch. @throws UsageError */
export function timeFrom(value: unknown, what: string): number {
  const isTime =
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value);
  const milliseconds = isTime ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw new UsageError(`${what} is no time such as 2026-01-02T03:04:05.678Z`);
  return milliseconds;
}

/** @throws UsageError for a member that nobody reads: it may have been meant for another. */
export function expectOnly(members: Members, known: ReadonlySet<string>, place: Place): void {
  const stranger = Object.keys(members).find((name) => !known.has(name));
  if (stranger !== undefined)
    throw new UsageError(`${place}: unknown member ${JSON.stringify(stranger)}`);
}

function textBytes(value: unknown, what: string): Buffer {
  if (typeof value !== "string") throw new UsageError(`${what} is missing, or is no text`);
  if (!value.isWellFormed()) throw new UsageError(`${what} is no Unicode`);
  return Buffer.from(value, "utf8");
}

function base64Bytes(value: unknown, what: string): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "base64") : Buffer.alloc(0);
  if (bytes.toString("base64") === value) return bytes;
  throw new UsageError(`${what} is no base64`);
}
