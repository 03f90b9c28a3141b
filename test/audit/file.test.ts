/** Lines in a file: all of them, whole and once, whatever the file and its disk do. */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { AuditFile } from "../../src/audit/file.ts";
import { auditBufferCharactersMax } from "../../src/limits.ts";
import { type Logger, silent } from "../../src/log.ts";
import { scratch } from "../cli/glockd.ts";
import { eventually, testMilliseconds, turn, within } from "../wait-for.ts";
import { tmpfs, withoutTmpfs } from "./tmpfs.ts";

setDefaultTimeout(testMilliseconds);

interface Opened {
  readonly file: AuditFile;
  readonly logged: string[];
}

const droppedLine = (count: number): string => `dropped ${count}\n`;

async function opened(path: string): Promise<Opened> {
  const logged: string[] = [];
  const keep = (event: string): void => void logged.push(event);
  const logger: Logger = { ...silent, info: keep, warn: keep, error: keep };
  return { file: await AuditFile.open({ path, logger, droppedLine }), logged };
}

/** `count` lines that are numbered from `from` and `length` long, LF included. */
function* numbered(from: number, count: number, length = 100): Generator<string> {
  for (let number = from; number < from + count; number++) {
    yield `${String(number).padEnd(length - 1, ".")}\n`;
  }
}

/** More than the buffer takes. */
const tooMany = Math.ceil((1.25 * auditBufferCharactersMax) / 1_000);

function linesOf(path: string): string[] {
  const text = readFileSync(path, "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text.split("\n").slice(0, -1);
}

test("What was written is in the file once it is closed, behind what was there", async () => {
  await using room = scratch();
  const path = room.path("audit");
  writeFileSync(path, "there before\n");
  const { file } = await opened(path);
  for (const line of numbered(1, 50_000, 10)) file.write(line);
  await file.close(10_000);
  const lines = linesOf(path);
  expect(lines[0]).toBe("there before");
  expect(lines.slice(1).map((line) => Number.parseInt(line, 10))).toEqual(
    Array.from({ length: 50_000 }, (_, index) => index + 1),
  );
  expect([file.written, file.dropped]).toEqual([50_000, 0]);
});

test("A new file is for its owner to write and its group to read", async () => {
  await using room = scratch();
  const path = room.path("audit");
  const before = process.umask(0o022);
  try {
    const { file } = await opened(path);
    await file.close(1_000);
    expect((statSync(path).mode & 0o777).toString(8)).toBe("640");
  } finally {
    process.umask(before);
  }
});

test("Renaming and reopening loses no line and tears none, however often", async () => {
  await using room = scratch();
  const path = room.path("audit");
  const { file } = await opened(path);
  const rounds = 60;
  for (let round = 0; round < rounds; round++) {
    renameSync(path, room.path(`audit.${round}`));
    const reopened = file.reopen();
    for (const line of numbered(round * 1_000, 1_000)) {
      file.write(line);
      if (line.startsWith(`${round * 1_000 + 500}`)) await turn();
    }
    await reopened;
  }
  await file.close(10_000);
  const all = readdirSync(room.path("."))
    .flatMap((name) => linesOf(room.path(name)))
    .map((line) => Number.parseInt(line, 10));
  expect(all.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: rounds * 1_000 }, (_, index) => index),
  );
});

test("A file that is copied and cut by others is gone on with from its start", async () => {
  await using room = scratch();
  const path = room.path("audit");
  const { file } = await opened(path);
  file.write("first\n");
  await eventually(
    "the first line",
    () => file.written,
    (written) => written === 1,
  );
  truncateSync(path);
  file.write("second\n");
  await file.close(1_000);
  expect(linesOf(path)).toEqual(["second"]);
});

test("What cannot be reopened is gone on with, and that is logged", async () => {
  await using room = scratch();
  const path = room.path("audit");
  const { file, logged } = await opened(path);
  renameSync(path, room.path("moved"));
  await Bun.$`mkdir ${path}`.quiet();
  await file.reopen();
  file.write("still\n");
  await file.close(1_000);
  expect(logged).toEqual(["audit log not reopened: the old file goes on"]);
  expect(linesOf(room.path("moved"))).toEqual(["still"]);
});

test.each([
  ["a directory", ".", "on a directory (EISDIR)"],
  ["a folder that is not there", "none/audit", "no such file or directory (ENOENT)"],
])("%s cannot be the file, and the message says so", async (_, name, reason) => {
  await using room = scratch();
  const attempt = opened(room.path(name));
  expect(attempt).rejects.toThrow(`cannot open the audit log ${room.path(name)}`);
  expect(attempt).rejects.toThrow(reason);
});

test("Where nothing can be written, lines are counted, it is said once, and nobody waits", async () => {
  const { file, logged } = await opened("/dev/full");
  for (const line of numbered(0, tooMany, 1_000)) file.write(line);
  await eventually(
    "the complaint",
    () => logged.length,
    (length) => length > 0,
  );
  await file.close(200);
  expect(file.written).toBe(0);
  expect(file.dropped).toBeGreaterThan(tooMany / 10);
  expect(logged.filter((event) => event === "audit log: cannot write")).toHaveLength(1);
  expect(logged.at(-1)).toBe("audit log: lines lost at the stop");
});

test.skipIf(withoutTmpfs !== undefined)(
  "A disk that was full has no half line, and goes on with whole ones when there is room",
  async () => {
    await using disk = await tmpfs("256k");
    const path = disk.path("audit");
    writeFileSync(disk.path("ballast"), Buffer.alloc(100_000));
    const { file, logged } = await opened(path);
    for (const line of numbered(0, tooMany, 1_000)) file.write(line);
    await eventually(
      "the complaint",
      () => logged,
      (events) => events.includes("audit log: cannot write"),
    );
    expect(linesOf(path).every((line) => line.length === 999)).toBe(true);
    const { dropped } = file;
    expect(dropped).toBeGreaterThan(0);
    // Whoever rotates makes room for all of it.
    rmSync(disk.path("ballast"));
    await disk.grow("64m");
    await eventually(
      "the rest",
      () => file.written,
      (written) => written === tooMany - dropped + 1,
    );
    await file.close(10_000);
    const lines = linesOf(path);
    expect(lines.pop()).toBe(`dropped ${dropped}`);
    expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: tooMany - dropped }, (_, index) => index),
    );
    expect(logged.filter((event) => event === "audit log: cannot write")).toHaveLength(1);
    expect(logged.at(-1)).toBe("audit log: written again");
  },
);

test("A FIFO that nobody reads is refused, not waited for", async () => {
  await using room = scratch();
  const path = room.path("fifo");
  await Bun.$`mkfifo ${path}`.quiet();
  expect(within("the refusal", opened(path))).rejects.toThrow("it is a FIFO that nobody reads");
});

test("A reader that reads nothing for a while holds up nobody, and misses only what is counted", async () => {
  await using room = scratch();
  const path = room.path("fifo");
  await Bun.$`mkfifo ${path}`.quiet();
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { file, logged } = await opened(path);
    for (const line of numbered(0, tooMany, 1_000)) file.write(line);
    // Turns of the event loop come and go while the pipe is full.
    for (let turns = 0; turns < 100; turns++) await turn();
    const { dropped } = file;
    expect(dropped).toBeGreaterThan(0);
    expect(logged).toEqual(["audit log: too slow, lines are dropped"]);
    const lines = await readLines(reader, tooMany - dropped + 1);
    expect(lines.pop()).toBe(`dropped ${dropped}`);
    expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: tooMany - dropped }, (_, index) => index),
    );
    await file.close(1_000);
    expect(logged.at(-1)).toBe("audit log: written again");
  } finally {
    closeSync(reader);
  }
});

async function readLines(descriptor: number, count: number): Promise<string[]> {
  const chunk = Buffer.alloc(1024 * 1024);
  const chunks: Buffer[] = [];
  let lines = 0;
  await eventually(
    `${count} lines`,
    () => {
      try {
        const bytes = readSync(descriptor, chunk);
        chunks.push(Buffer.from(chunk.subarray(0, bytes)));
        lines += chunks.at(-1)!.toString("latin1").split("\n").length - 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      }
      return lines;
    },
    (found) => found >= count,
  );
  return Buffer.concat(chunks).toString().split("\n").slice(0, -1);
}
