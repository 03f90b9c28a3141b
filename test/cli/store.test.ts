/** `glockd store`: each operation through the binary, as an operator types it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { compiledBinary } from "../binary.ts";
import { openFileStore } from "../../src/store/file-store.ts";
import { holdsOf } from "../../src/store/store.ts";
import { holdOf } from "../store/contract.ts";
import { goldenDirectory, goldenFenceMark } from "../store/golden/write-golden.ts";
import { testMilliseconds } from "../wait-for.ts";
import { Glockd, onlyUnix, scratch } from "./glockd.ts";
import { linesOf, store } from "./store/store.ts";

setDefaultTimeout(testMilliseconds);

const keyed = JSON.stringify({
  deploy: { key: "blue", locked_by: { "ci-1": 2, "ci-2": 1 } },
  "größe/x y": { key: "k", locked_by: { me: 1 } },
  free: { key: "k", locked_by: {} },
});

function flip(path: string, text: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.indexOf(text)]! ^= 1;
  writeFileSync(path, bytes);
}

describe("glockd store import", () => {
  test("takes the file of the keyed HTTP service, which a server then serves", async () => {
    await using room = scratch();
    writeFileSync(room.path("locks.json"), keyed);
    const imported = await store(["import", room.path("store"), room.path("locks.json")]);
    expect([imported.status, imported.err]).toEqual([0, ""]);
    expect(imported.out).toBe(`${room.path("store")} has 3 more holds\n`);
    const { mark, holds } = linesOf((await store(["dump", `file:${room.path("store")}`])).out);
    expect(holds).toMatchObject([
      { ...exclusive, name: "deploy", key: "blue", requestor: "ci-1", count: 2 },
      { ...exclusive, name: "deploy", key: "blue", requestor: "ci-2", count: 1 },
      { ...exclusive, name: "größe/x y", key: "k", requestor: "me", count: 1 },
    ]);
    expect(holds.at(-1)!["fence"]).toBe(mark);
    await using server = await Glockd.start([
      ...onlyUnix(room.path("socket")),
      `-store=file:${room.path("store")}`,
    ]);
    await server.logged("listening");
    expect(server.stderr()).toContain("restored holds=3");
  });

  test("takes what dump prints, and dumps the same again", async () => {
    await using room = scratch();
    cpSync(goldenDirectory(1), room.path("golden"), { recursive: true });
    const first = await store(["dump", room.path("golden")]);
    expect([first.status, first.err]).toEqual([0, ""]);
    expect(linesOf(first.out).mark).toBe(goldenFenceMark);
    expect(first.out).toContain('"name_base64":"/4A="');
    const imported = await store(["import", room.path("store"), "-"], first.out);
    expect([imported.status, imported.err]).toEqual([0, ""]);
    expect((await store(["dump", room.path("store")])).out).toBe(first.out);
  });

  test("puts nothing over holds that are there, unless -replace says so", async () => {
    await using room = scratch();
    await store(["import", room.path("store")], keyed);
    const before = (await store(["dump", room.path("store")])).out;
    const other =
      '{"deploy":{"key":"green","locked_by":{"x":1}},"new":{"key":"k","locked_by":{"y":1}}}';
    const refused = await store(["import", room.path("store")], other);
    expect(refused.status).toBe(2);
    expect(refused.err).toContain(
      'the lock "deploy": locked_by "x": the store has this lock already',
    );
    expect((await store(["dump", room.path("store")])).out).toBe(before);
    const replaced = await store(["import", room.path("store"), "-replace"], other);
    expect([replaced.status, replaced.out]).toEqual([
      0,
      `${room.path("store")} has 2 more holds in place of 2\n`,
    ]);
    const { holds } = linesOf((await store(["dump", room.path("store")])).out);
    expect(holds.map(({ name, key }) => `${String(name)} ${String(key)}`)).toEqual([
      "größe/x y k",
      "deploy green",
      "new k",
    ]);
  });

  const good =
    '{"name":"a","mode":"exclusive","key":"secret","requestor":"r","count":1,"fence":7,"since":"2026-01-02T03:04:05Z","expires":null}';
  const changed = (change: Record<string, unknown>): string =>
    JSON.stringify({ ...(JSON.parse(good) as object), name: "b", fence: 8, ...change });

  test.each([
    ["no object", "[1]", "line 2: this is no JSON object"],
    ["no JSON", '{"name":', "line 2: this is no JSON object"],
    ["no name", changed({ name: undefined }), "line 2: name is missing"],
    ["an empty name", changed({ name: "" }), "line 2: name is empty"],
    ["a name with a line end", changed({ name: "a\nb" }), "line 2: name has a control character"],
    ["a name with spaces in a run", changed({ name: "a  b" }), "line 2: name has white space"],
    ["a name twice", changed({ name_base64: "YQ==" }), "both name and name_base64"],
    ["bad base64", changed({ name: undefined, name_base64: "a" }), "name_base64 is no base64"],
    ["a long key", changed({ key: "k".repeat(1_025) }), "line 2: key is longer than 1024 bytes"],
    ["another mode", changed({ mode: "both" }), "line 2: mode is neither"],
    ["a count of 0", changed({ count: 0 }), "line 2: count is not a whole number of 1 or more"],
    ["a fence that is text", changed({ fence: "8" }), "line 2: fence is not a whole number"],
    ["a time that is none", changed({ since: "yesterday" }), "line 2: since is no time"],
    ["no expires", changed({ expires: undefined }), "line 2: expires is no time"],
    ["an unknown member", changed({ ttl: 5 }), 'line 2: unknown member "ttl"'],
    ["another key on a lock", changed({ name: "a", key: "x" }), "line 2: somebody else holds"],
    ["a requestor twice", changed({ name: "a" }), "line 2: this requestor has a hold"],
    ["a fence twice", changed({ fence: 7 }), "line 2: fence 7 is another hold's"],
  ])("refuses %s by its line, and takes nothing", async (_, line, complaint) => {
    await using room = scratch();
    const refused = await store(["import", room.path("store")], `${good}\n${line}\n`);
    expect(refused.err).toContain(complaint);
    expect(refused.err).not.toContain("secret");
    expect([refused.status, refused.out]).toEqual([2, ""]);
    expect((await store(["check", room.path("store")])).status).toBe(2);
  });

  test.each([
    ['{"a":{"locked_by":{"x":1}}}', 'the lock "a": key is missing'],
    ['{"a":{"key":"k"}}', 'the lock "a": locked_by is missing'],
    [
      '{"a":{"key":"k","locked_by":{"x":"1"}}}',
      'the lock "a": locked_by "x" is not a whole number',
    ],
    ['{"a ":{"key":"k","locked_by":{"x":1}}}', 'the lock "a ": name has white space'],
    ['{"a":{"key":"k","locked_by":{"x":1},"more":1}}', 'the lock "a": unknown member "more"'],
  ])("refuses %p by the lock and the member", async (input, complaint) => {
    await using room = scratch();
    const refused = await store(["import", room.path("store")], input);
    expect([refused.status, refused.out]).toEqual([2, ""]);
    expect(refused.err).toContain(complaint);
  });
});

const exclusive = { mode: "exclusive", expires: null } as const;

describe("glockd store check, dump and repair", () => {
  test("find a flipped byte, print the rest, and mend the store", async () => {
    await using room = scratch();
    const directory = room.path("store");
    await store(["import", directory], keyed);
    const fine = await store(["check", directory]);
    expect([fine.status, fine.err]).toEqual([0, ""]);
    expect(fine.out).toStartWith(`${directory} is fine: 3 holds, fence mark `);
    flip(`${directory}/holds.db`, "ci-2");
    const found = await store(["check", directory]);
    expect([found.status, found.out]).toEqual([1, ""]);
    expect(found.err).toContain(`${directory}/holds.db has a damaged hold`);
    expect(found.err).toContain(`1 holds in page 2 of ${directory}/holds.db cannot be read`);
    expect(found.err).toContain("2 holds can be read");
    await refusesToServe(room.path("socket"), directory);
    const dumped = await store(["dump", directory]);
    expect(dumped.status).toBe(1);
    expect(linesOf(dumped.out).holds.map(({ requestor }) => requestor)).toEqual(["ci-1", "me"]);
    expect(dumped.err).toContain("there were 3 holds, 2 can be read");
    const mended = await store(["repair", directory]);
    expect(mended.status).toBe(1);
    expect(mended.err).toContain("lost: there were 3 holds, 2 can be read");
    expect(mended.out).toMatch(/is repaired: 2 holds, .* kept as damaged-\S+-holds\.db, /);
    expect((await store(["check", directory])).status).toBe(0);
    expect((await store(["repair", directory])).out).toContain("nothing is wrong with it");
  });

  test("find what excludes each other, which a server refuses, and keep the newest", async () => {
    await using room = scratch();
    const directory = room.path("store");
    const kept = await openFileStore(directory);
    for (const hold of holdsOf(kept.records())) void hold;
    const common = { mode: "exclusive", expiresWallMilliseconds: null } as const;
    const one = { ...common, name: Buffer.from("one"), key: "secret" };
    const two = { ...common, name: Buffer.from("two"), key: "k", requestor: "twice" };
    kept.put(holdOf(1, one));
    kept.put(holdOf(2, { ...one, key: "lapsed", expiresWallMilliseconds: 1 }));
    kept.put(holdOf(3, { ...one, key: "other" }));
    kept.put(holdOf(4, two));
    kept.put(holdOf(5, two));
    await kept.close();
    const excluded =
      'the hold of the exclusive lock "one" with fence 1 is excluded by the one with fence 3';
    const checked = await store(["check", directory]);
    expect([checked.status, checked.out]).toEqual([1, ""]);
    expect(checked.err).toContain("contradicts itself");
    const doubled =
      'the hold of the exclusive lock "two" with fence 4 is excluded by the one with fence 5';
    expect(checked.err.match(/is excluded by/g)?.length).toBe(2);
    expect(checked.err).toContain(`  ${doubled}\n`);
    expect(checked.err).toContain(`  ${excluded}\n`);
    expect(checked.err).not.toContain("secret");
    const mended = await store(["repair", directory]);
    expect([mended.status, mended.err]).toEqual([1, `lost: ${excluded}\nlost: ${doubled}\n`]);
    const { holds } = linesOf((await store(["dump", directory])).out);
    expect(holds.map(({ fence }) => fence)).toEqual([2, 3, 5]);
    expect((await store(["check", directory])).status).toBe(0);
    expect((await store(["repair", directory])).out).toContain("nothing is wrong with it");
  });

  test("look at a store in use, which repair and import leave alone", async () => {
    await using room = scratch();
    const directory = room.path("store");
    await store(["import", directory], keyed);
    const flags = [...onlyUnix(room.path("socket")), `-store=file:${directory}`];
    await using server = await Glockd.start(flags);
    await server.logged("listening");
    const checked = await store(["check", directory]);
    expect([checked.status, checked.err]).toEqual([0, ""]);
    expect(checked.out).toEndWith("in use\n");
    expect(linesOf((await store(["dump", directory])).out).holds.length).toBe(3);
    for (const words of [
      ["repair", directory],
      ["import", directory],
    ]) {
      const refused = await store(words, "{}");
      expect(refused.err).toContain(`${directory} is in use by process ${server.pid}`);
      expect(refused.status).toBe(2);
    }
  });

  test("say so when there is no store, or something else", async () => {
    await using room = scratch();
    mkdirSync(room.path("empty"));
    chmodSync(room.path("empty"), 0o755);
    const words: [string, string][] = [
      [room.path("nowhere"), "no such file or directory"],
      [room.path("empty"), "there is no store in"],
      ["/dev/null", "it is not a directory"],
    ];
    for (const operation of ["check", "dump", "repair"])
      for (const [directory, complaint] of words) {
        const said = await store([operation, directory]);
        expect(said.err).toContain(complaint);
        expect([said.status, said.out]).toEqual([2, ""]);
      }
  });

  test("work from a binary that was moved, started anywhere", async () => {
    await using room = scratch();
    mkdirSync(room.path("elsewhere"));
    // A program of that name must not be run in place of the store's own thread.
    mkdirSync(room.path("elsewhere/src/store"), { recursive: true });
    writeFileSync(room.path("elsewhere/src/store/worker.js"), "process.exit(99)");
    writeFileSync(room.path("elsewhere/worker.ts"), "process.exit(99)");
    cpSync(await compiledBinary(), room.path("copy"));
    renameSync(room.path("copy"), room.path("moved"));
    const flags = [...onlyUnix(room.path("socket")), `-store=file:${room.path("store")}`];
    const moved = Bun.spawn([room.path("moved"), ...flags], {
      cwd: room.path("elsewhere"),
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      const listens = await untilListening(moved.stderr);
      expect(listens).toContain("restored holds=0");
    } finally {
      moved.kill("SIGTERM");
      expect(await moved.exited).toBe(0);
    }
  });
});

describe("glockd store", () => {
  test.each([
    [[], "say what to do"],
    [["chek", "/x"], 'unknown operation "chek"; did you mean check?'],
    [["check"], "say which store: glockd store check DIR"],
    [["dump", "/x", "/y"], 'unexpected argument "/y"'],
    [["import", "/x", "/y", "/z"], 'unexpected argument "/z"'],
    [["check", "/x", "-replace"], "-replace is for import"],
    [["check", "/x", "-force"], "unknown flag -force"],
    [["import", "/x", "/nowhere.json"], "cannot read /nowhere.json"],
  ])("refuses %p with status 2", async (words, complaint) => {
    const said = await store(words);
    expect(said.err).toContain(complaint);
    expect([said.status, said.out]).toEqual([2, ""]);
  });

  test("explains itself, with examples", async () => {
    const { status, out } = await store(["-help"]);
    expect(status).toBe(0);
    for (const operation of ["check", "dump", "repair", "import"])
      expect(out).toContain(`  glockd store ${operation} /var/lib/glockd`);
  });
});

async function refusesToServe(socket: string, directory: string): Promise<void> {
  await using server = await Glockd.start([...onlyUnix(socket), `-store=file:${directory}`]);
  expect(await server.exited()).toBe(5);
  expect(server.stderr()).toContain(`glockd store repair ${directory}`);
}

/** What is said up to the line that says that it listens. */
async function untilListening(stream: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  for await (const chunk of stream) {
    said += Buffer.from(chunk).toString();
    if (said.includes("listening")) break;
  }
  return said;
}
