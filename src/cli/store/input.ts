/**
 * What `import` is given: JSON lines of `dump`, or the JSON file of the keyed HTTP service.
 * Invariant: what comes out obeys the law of locks on its own, so that a server can hold it.
 */
import { UsageError } from "../../flag.ts";
import { limitBounds } from "../../limits.ts";
import {
  bytesFrom,
  expectOnly,
  isObject,
  type Members,
  nameFrom,
  type Place,
  positiveFrom,
  timeFrom,
} from "./members.ts";
import { type Candidate, unlawful } from "../../store/law.ts";

/** A hold that is to be brought in; without a fence it is given one. */
export interface Imported {
  readonly place: Place;
  readonly hold: Candidate;
}

export interface Input {
  readonly holds: readonly Imported[];
  readonly fenceMark: number;
}

/** @throws UsageError that names the line or the member. */
export function readInput(bytes: Uint8Array, wallMilliseconds: number): Input {
  const text = textOf(bytes);
  const whole = parsed(text);
  const isKeyed = isObject(whole) && Object.values(whole).every((value) => isObject(value));
  const input = isKeyed ? keyedInput(whole, wallMilliseconds) : dumpInput(text);
  expectLawful(input.holds);
  return input;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError("the input is no UTF-8 text");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `{"NAME":{"key":KEY,"locked_by":{"REQUESTOR":COUNT}}}`: held until they are released. */
function keyedInput(locks: Members, wallMilliseconds: number): Input {
  const holds = Object.entries(locks).flatMap(([name, lock]) => {
    const place = `the lock ${JSON.stringify(name)}`;
    const members = lock as Members;
    expectOnly(members, new Set(["key", "locked_by"]), place);
    const { locked_by: requestors } = members;
    if (!isObject(requestors)) throw new UsageError(`${place}: locked_by is missing, or no object`);
    const nameBytes = nameFrom({ name }, place);
    const key = keyFrom(members, place);
    return Object.entries(requestors).map(([requestor, count]): Imported => {
      const spot = `${place}: locked_by ${JSON.stringify(requestor)}`;
      const hold = {
        mode: "exclusive" as const,
        name: nameBytes,
        key,
        requestor: requestorFrom({ requestor }, spot),
        count: positiveFrom(count, spot),
        sinceWallMilliseconds: wallMilliseconds,
        expiresWallMilliseconds: null,
        fence: null,
      };
      return { place: spot, hold };
    });
  });
  return { holds, fenceMark: 0 };
}

function dumpInput(text: string): Input {
  const holds: Imported[] = [];
  let fenceMark = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = `line ${index + 1}`;
    const members = parsed(line);
    if (!isObject(members)) throw new UsageError(`${place}: this is no JSON object`);
    if ("fence_mark" in members) {
      expectOnly(members, new Set(["fence_mark"]), place);
      // A store that never gave one has 0.
      const mark = members["fence_mark"];
      if (mark !== 0) fenceMark = Math.max(fenceMark, positiveFrom(mark, `${place}: fence_mark`));
    } else holds.push(holdFrom(members, place));
  }
  return { holds, fenceMark };
}

const known = new Set(
  "name name_base64 mode key key_base64 requestor requestor_base64 count fence since expires".split(
    " ",
  ),
);

function holdFrom(members: Members, place: Place): Imported {
  expectOnly(members, known, place);
  const { mode, count, fence, since, expires } = members;
  if (mode !== "exclusive" && mode !== "shared")
    throw new UsageError(`${place}: mode is neither exclusive nor shared`);
  const hold = {
    mode,
    name: nameFrom(members, place),
    key: keyFrom(members, place),
    requestor: requestorFrom(members, place),
    count: positiveFrom(count, `${place}: count`),
    sinceWallMilliseconds: timeFrom(since, `${place}: since`),
    expiresWallMilliseconds: expires === null ? null : timeFrom(expires, `${place}: expires`),
    fence: positiveFrom(fence, `${place}: fence`),
  } as const;
  return { place, hold };
}

function keyFrom(members: Members, place: Place): string {
  const key = bytesFrom(members, { member: "key", place, bytesMax: limitBounds.keyBytesMax });
  return key.toString("latin1");
}

function requestorFrom(members: Members, place: Place): string {
  const bytesMax = limitBounds.nameBytesMax;
  return bytesFrom(members, { member: "requestor", place, bytesMax }).toString("latin1");
}

/** @throws UsageError */
function expectLawful(holds: readonly Imported[]): void {
  const found = unlawful(holds.map(({ hold }) => hold));
  if (found !== null) throw new UsageError(`${holds[found.index]!.place}: ${found.why}`);
}
