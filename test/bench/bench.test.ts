/** The benchmark, run tiny with the compiled server, so that it cannot rot. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { compiledBinary } from "../binary.ts";
import { testMilliseconds } from "../wait-for.ts";

async function bench(...flags: readonly string[]): Promise<{ status: number; output: string }> {
  const command = [process.execPath, join(import.meta.dir, "bench.ts"), ...flags];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { status: await child.exited, output: stdout + stderr };
}

async function tiny(section: string): Promise<string> {
  const sizes = ["-seconds=0.1", "-rounds=1", "-clients=8", "-scale=0.001"];
  const glockd = `-glockd=${await compiledBinary()}`;
  const { status, output } = await bench(`-only=${section}`, glockd, ...sizes);
  expect(output).toStartWith(`\n${section}\n`);
  expect(output).not.toContain("bench:");
  expect(status).toBe(0);
  return output;
}

/** A row of a table: its name, then numbers. */
function row(name: string, columns: number): RegExp {
  return new RegExp(`^ +${name}( +[\\d.,]+(×| %)?){${columns}}$`, "m");
}

test(
  "throughput shows glockd and the floor at each depth, and names the peer that is missing",
  async () => {
    const output = await tiny("throughput");
    const peer = Bun.which("valkey-server") ?? Bun.which("redis-server");
    if (peer === null) expect(output).toContain("is installed: not compared");
    else expect(output).toMatch(/^ +(valkey|redis)-server +64 /m);
    for (const depth of [1, 16, 64]) {
      expect(output).toMatch(new RegExp(`^ +glockd +${depth} +[\\d,]+ `, "m"));
      expect(output).toMatch(new RegExp(`^ +null, Bun +${depth} +[\\d,]+ .*×$`, "m"));
    }
  },
  testMilliseconds,
);

test(
  "http shows glockd beside a server that answers with a constant",
  async () => {
    const output = await tiny("http");
    expect(output).toMatch(row("glockd", 5));
    expect(output).toMatch(row("constant, Bun.serve", 6));
  },
  testMilliseconds,
);

test(
  "handoff shows waiting beside polling",
  async () => {
    const output = await tiny("handoff");
    for (const way of ["waiting \\(gw\\)", "g every 10 ms", "g in a tight loop"])
      expect(output).toMatch(
        new RegExp(`^ +${way}( +[\\d,]+){5} +[\\d.]+ +([\\d.]+|\\d+/0)$`, "m"),
      );
  },
  testMilliseconds,
);

test(
  "waiters compares short and long lines",
  async () => {
    const output = await tiny("waiters");
    for (const shape of ["one lock", "own locks"])
      for (const step of ["join", "leave", "grant"])
        expect(output).toMatch(row(`${shape}: ${step}`, 3));
  },
  testMilliseconds,
);

test(
  "growth compares few and many held locks",
  async () => {
    const output = await tiny("growth");
    expect(output).toMatch(row("10", 2));
    expect(output).toMatch(row("1,000", 2));
  },
  testMilliseconds,
);

test(
  "memory tells what a lock and a connection add",
  async () => {
    const output = await tiny("memory");
    expect(output).toMatch(/^ +a held lock, 20-byte name +1,000 +-?[\d,]+ +-?[\d,]+$/m);
    expect(output).toMatch(/^ +an idle connection \(and a lock\) +10 +-?[\d,]+ +-?[\d,]+$/m);
  },
  testMilliseconds,
);

test(
  "stalls tells the longest waits",
  async () => {
    const output = await tiny("stalls");
    expect(output).toMatch(row("nothing else happens", 2));
    expect(output).toMatch(row("the holder of 200 locks goes", 2));
    expect(output).toMatch(row("1,000 locks are listed", 2));
  },
  testMilliseconds,
);

test(
  "durable tells what a store costs",
  async () => {
    const output = await tiny("durable");
    expect(output).toMatch(row("1 in flight", 2));
    expect(output).toMatch(row("16 in flight", 2));
    expect(output).toMatch(row("g and r", 3));
    expect(output).toMatch(row("1,000 locks", 1));
  },
  testMilliseconds,
);

test(
  "startup tells how long until a connection is made, and until a command is answered",
  async () => {
    expect(await tiny("startup")).toMatch(row("glockd", 4));
  },
  testMilliseconds,
);

test(
  "an unknown section is refused with those that there are",
  async () => {
    const { status, output } = await bench("-only=nonsense");
    expect(output).toContain(
      "startup, throughput, http, handoff, waiters, growth, memory, stalls, durable",
    );
    expect(status).toBe(2);
  },
  testMilliseconds,
);
