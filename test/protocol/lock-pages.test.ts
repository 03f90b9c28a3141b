/** `ls`: each lock one JSON object, whoever asks and however it is cut into pages. */
import { describe, expect, test } from "bun:test";
import { lockPages, lockRanges } from "../../src/protocol/lock-pages.ts";
import { Listed, readPages } from "./listed.ts";

const sizes = [1, 2, 3, 1_000];
const everything = { prefix: new Uint8Array(0), withKeys: true };
const since = "2026-01-02T03:04:05.678Z";

/** The listing's objects; the lines are text in which a character is a byte. */
function list(listed: Listed, options: Partial<typeof everything> = {}, size = 1_000): unknown[] {
  const snapshots = [listed.snapshot("exclusive"), listed.snapshot("shared")];
  const { prefix, withKeys } = { ...everything, ...options };
  const pages = lockPages(lockRanges(snapshots, prefix), withKeys);
  const lines = Buffer.from(readPages(pages, size).join(""), "latin1").toString().split("\n");
  expect(lines.pop()).toBe("");
  expect(lines).toHaveLength(pages.lines);
  return lines.map((line) => JSON.parse(line));
}

function sample(): Listed {
  const listed = new Listed();
  const nameless = listed.arrive("10.0.0.7:41034");
  const worker = listed.arrive("10.0.0.8:5", "worker-3");
  listed.hold(worker, "foo");
  listed.wait(nameless, "foo");
  listed.hold(nameless, "bar");
  listed.hold(nameless, "sem", "shared");
  listed.hold(worker, "sem", "shared");
  listed.hold(worker, "foo", "shared");
  const keyed = { key: "k1", requestor: "worker-3", ttlMilliseconds: null };
  listed.hold(worker, "keyed", "exclusive", keyed);
  listed.hold(worker, "keyed", "exclusive", keyed);
  const leased = { key: "k1", requestor: "k1", ttlMilliseconds: 60_000 };
  listed.hold(nameless, "keyed", "exclusive", leased);
  return listed;
}

describe.each(sizes)("A list of locks in pages of %i holders", (size) => {
  test("has exclusive ones, then shared ones, each sorted, with all that is known", () => {
    const fences = [expect.any(Number)];
    expect(list(sample(), {}, size)).toMatchObject([
      {
        name: "bar",
        mode: "exclusive",
        key: null,
        waiters: 0,
        holders: [
          {
            client: "10.0.0.7:41034",
            name: null,
            count: 1,
            fence: fences[0],
            since,
            expires: null,
          },
        ],
      },
      { name: "foo", mode: "exclusive", waiters: 1, holders: [{ name: "worker-3" }] },
      {
        name: "keyed",
        mode: "exclusive",
        key: "k1",
        waiters: 0,
        holders: [
          { client: "10.0.0.8:5", name: "worker-3", count: 2, expires: null },
          { client: null, name: "k1", count: 1, since, expires: "2026-01-02T03:05:05.678Z" },
        ],
      },
      { name: "foo", mode: "shared", key: null, waiters: 0, holders: [{ client: "10.0.0.8:5" }] },
      { name: "sem", mode: "shared", holders: [{ name: null }, { name: "worker-3" }] },
    ]);
  });

  test("has only names that begin with a prefix, of both kinds", () => {
    expect(listedNames("f", size)).toEqual(["exclusive foo", "shared foo"]);
    expect(listedNames("sem", size)).toEqual(["shared sem"]);
    expect(listedNames("k", size)).toEqual(["exclusive keyed"]);
    expect(listedNames("x", size)).toEqual([]);
  });
});

function listedNames(prefix: string, size: number): unknown[] {
  return list(sample(), { prefix: Buffer.from(prefix) }, size).map((lock) => {
    const { name, mode } = lock as { name: string; mode: string };
    return `${mode} ${name}`;
  });
}

test("Each object has its fields in the order that the protocol shows", () => {
  const listed = new Listed();
  listed.hold(listed.arrive("10.0.0.7:41034", "worker-3"), "foo");
  const pages = lockPages(lockRanges([listed.snapshot("exclusive")], everything.prefix), true);
  const fence = listed.snapshot("exclusive").holder(0, 0).fence;
  expect(readPages(pages, 10).join("")).toBe(
    `{"name":"foo","mode":"exclusive","key":null,"waiters":0,"holders":[{"client":"10.0.0.7:41034","name":"worker-3","count":1,"fence":${fence},"since":"${since}","expires":null}]}\n`,
  );
});

test("Keys, and requestors that are their keys, are shown to administrators only", () => {
  const [, , keyed] = list(sample(), { withKeys: false });
  expect(keyed).toMatchObject({ key: null, holders: [{ name: "worker-3" }, { name: null }] });
  expect(JSON.stringify(list(sample(), { withKeys: false }))).not.toContain("k1");
});

test("A list of nothing is nothing", () => {
  expect(list(new Listed())).toEqual([]);
});

test("A name that is not UTF-8 is shown with replacement characters, in valid JSON", () => {
  const listed = new Listed();
  listed.hold(listed.arrive("1.2.3.4:5", 'quo"te\xff'), 'a\xff"\n'.replace("\n", "\x01"));
  expect(list(listed)).toMatchObject([
    { name: 'a\ufffd"\x01', holders: [{ name: 'quo"te\ufffd' }] },
  ]);
});

test("A byte order mark at the beginning of a name is part of it", () => {
  const listed = new Listed();
  const marked = Buffer.from("\uFEFFa").toString("latin1");
  listed.hold(listed.arrive("1.2.3.4:5", marked), marked);
  expect(list(listed)).toMatchObject([{ name: "\uFEFFa", holders: [{ name: "\uFEFFa" }] }]);
});
