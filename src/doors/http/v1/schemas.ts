/**
 * The shapes of `/v1`: what requests are checked by, what answers look like, and what the
 * OpenAPI document is made from.
 */
import * as v from "valibot";
import {
  httpWaitSecondsMax,
  type Limits,
  pageClientsDefault,
  pageClientsMax,
  pageLocksDefault,
  pageLocksMax,
  ttlSecondsDefault,
  ttlSecondsMax,
} from "../../../limits.ts";

const describe = v.description;

const Mode = v.picklist(["exclusive", "shared"]);

/** Bytes are counted where text has become bytes: a character may be four. */
function text(charactersMax: number, pattern: RegExp, why: string) {
  return v.pipe(
    v.string(),
    v.minLength(1, "is empty"),
    v.maxLength(charactersMax, `is longer than ${charactersMax} bytes`),
    v.regex(pattern, why),
    v.check((value) => value.isWellFormed(), "is no Unicode"),
    v.check(
      (value) => Buffer.byteLength(value) <= charactersMax,
      `is longer than ${charactersMax} bytes`,
    ),
  );
}

function seconds(max: number) {
  return v.pipe(
    v.number(),
    v.minValue(0, "must not be less than 0"),
    v.maxValue(max, `must be at most ${max}`),
  );
}

function count(max: number, min = 0) {
  return v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
  );
}

/** What requests may say; some bounds are the server's flags. */
export function requestSchemas(limits: Limits) {
  const key = v.pipe(
    text(
      limits.keyBytesMax,
      /^[^\s\u0000-\u001F\u007F]*$/,
      "has white space or control characters",
    ),
    describe("All that hold under the same key hold together. `-` is nobody's key."),
  );
  const requestor = v.pipe(
    text(limits.nameBytesMax, /^[^\u0000-\u001F\u007F]*$/, "has control characters"),
    describe("Who holds under the key. May be left out while only one does."),
  );
  const ttl = v.pipe(
    seconds(ttlSecondsMax),
    describe("Seconds until the hold lapses; 0: it stays until it is released."),
  );
  const mode = v.optional(Mode, "exclusive");
  return {
    Acquire: v.strictObject({
      mode,
      key: v.optional(key),
      requestor: v.optional(requestor),
      ttl: v.optional(ttl, ttlSecondsDefault),
      wait: v.optional(
        v.pipe(seconds(httpWaitSecondsMax), describe("How long to stand in line, in seconds.")),
        0,
      ),
      limit: v.optional(
        v.pipe(
          count(Number.MAX_SAFE_INTEGER),
          describe("For a shared lock: hold only while fewer than this many do; 0: always."),
        ),
        0,
      ),
    }),
    Renew: v.strictObject({ mode, key, requestor: v.optional(requestor), ttl }),
    Release: v.strictObject({ mode, key, requestor: v.optional(requestor) }),
  };
}

export type RequestSchemas = ReturnType<typeof requestSchemas>;

/** A number in a query. */
function decimal(fallback: number, min: number, max: number) {
  const range = `must be a whole number between ${min} and ${max}`;
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,15}$/, range),
      v.check((value) => Number(value) >= min && Number(value) <= max, range),
      describe(`Between ${min} and ${max}; ${fallback} unless given.`),
    ),
    String(fallback),
  );
}

const cursor = v.pipe(
  v.string(),
  v.regex(/^[es][A-Za-z0-9_-]*$/, "is not the `next` of a page"),
  describe("The `next` of the page before."),
);

export const NoQuery = v.strictObject({});
export const ModeQuery = v.strictObject({ mode: v.optional(Mode, "exclusive") });
export const LocksQuery = v.strictObject({
  prefix: v.optional(v.pipe(v.string(), describe("Only names that begin with it.")), ""),
  mode: v.optional(Mode),
  limit: decimal(pageLocksDefault, 1, pageLocksMax),
  after: v.optional(cursor),
});
export const ClientsQuery = v.strictObject({
  limit: decimal(pageClientsDefault, 1, pageClientsMax),
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, "is not the `next` of a page")), "0"),
});

const time = v.pipe(v.string(), v.isoTimestamp());
const fence = v.pipe(count(Number.MAX_SAFE_INTEGER), describe("Larger than all before it."));
const whole = count(Number.MAX_SAFE_INTEGER);
const maybe = <S extends v.GenericSchema>(schema: S) => v.nullable(schema);

export const Hold = v.strictObject({
  name: v.string(),
  mode: Mode,
  key: v.string(),
  requestor: v.string(),
  fence,
  count: whole,
  expires: maybe(time),
});

const Holder = v.strictObject({
  client: v.pipe(maybe(v.string()), describe("Its address; null when the hold outlived it.")),
  name: maybe(v.string()),
  count: whole,
  fence,
  since: time,
  expires: maybe(time),
});

const lockEntries = {
  name: v.string(),
  mode: Mode,
  key: v.pipe(maybe(v.string()), describe("Only administrators are told.")),
  waiters: whole,
  holders: v.array(Holder),
};

export const Lock = v.strictObject(lockEntries);

export const LockWithQueue = v.strictObject({
  ...lockEntries,
  queue: v.pipe(
    v.array(
      v.strictObject({
        client: maybe(v.string()),
        name: maybe(v.string()),
        since: time,
      }),
    ),
    describe("Those who stand in line, in order; at most 1,000 of them are shown."),
  ),
});

export const LockPage = v.strictObject({
  locks: v.array(Lock),
  next: v.pipe(maybe(v.string()), describe("For `after`; null on the last page.")),
});

export const Freed = v.strictObject({ freed: whole });

const Client = v.strictObject({
  id: whole,
  address: v.string(),
  name: maybe(v.string()),
  since: time,
  holds: whole,
  waits: whole,
});

export const ClientPage = v.strictObject({ clients: v.array(Client), next: maybe(v.string()) });

export const Stats = v.strictObject({
  version: v.string(),
  commit: v.string(),
  engine: v.string(),
  node: v.string(),
  started: time,
  uptime: v.pipe(v.number(), v.minValue(0), describe("In seconds.")),
  counters: v.record(v.string(), whole),
});

export const Health = v.strictObject({ status: v.picklist(["ok", "ready", "stopping"]) });

export const ProblemDetails = v.pipe(
  v.looseObject({
    type: v.string(),
    title: v.string(),
    status: whole,
    detail: v.string(),
    code: v.string(),
  }),
  describe("RFC 9457. `code` is stable; `member` or `parameter` tells which one is wrong."),
);

export const Conflict = v.pipe(
  v.looseObject({
    ...ProblemDetails.pipe[0].entries,
    holders: v.optional(v.array(Holder)),
    waiters: v.optional(whole),
  }),
  describe("Who holds it, at most 100 of them, and how many stand in line."),
);
