/**
 * How fast the library is over one connection, beside what `glockd test` gets out of the
 * same server over one connection, with the same number of commands in flight.
 *
 *     bun test/client/speed.ts [SECONDS]
 *
 * measures the sources under Bun and the built library under Node.
 */
import { join } from "node:path";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { builtLibrary, run } from "./library.ts";

/** Commands in flight, as `glockd test` keeps them unless told otherwise. */
export const depth = 16;

/** Commands a second: a lock got and released counts as two. */
export interface Rates {
  readonly tester: number;
  readonly bun: number;
  readonly node: number;
}

/** Measures each for `seconds`, one after the other. */
export async function measure(server: ServerProcess, seconds: number): Promise<Rates> {
  const library = join(await builtLibrary(), "client/index.js");
  const rate = async (runtime: string): Promise<number> => {
    await using room = scratch();
    const file = room.path("load.mjs");
    await Bun.write(file, loadProgram);
    const { unix } = server.doors.unix;
    return Number(await printed([runtime, file, library, unix, `${seconds}`, `${depth}`]));
  };
  const tester = await testerRate(server, seconds);
  return { tester, bun: await rate(process.execPath), node: await rate("node") };
}

/** One client, `depth` tasks that get and release a lock each; prints commands a second. */
const loadProgram = `
  const [library, unix, seconds, depth] = process.argv.slice(2);
  const { connect } = await import(library);
  const client = connect({ unix });
  await client.version();
  async function rate(milliseconds) {
    const from = performance.now();
    let commands = 0;
    let isTime = true;
    setTimeout(() => (isTime = false), milliseconds);
    const tasks = Array.from({ length: Number(depth) }, async (_, index) => {
      while (isTime) {
        const lock = await client.acquire("speed-" + index);
        await lock.release();
        commands += 2;
      }
    });
    await Promise.all(tasks);
    return (commands * 1000) / (performance.now() - from);
  }
  // What runs first is slow until it is compiled; the tester leaves that out, too.
  await rate(Math.min(1500, Number(seconds) * 1000));
  console.log(await rate(Number(seconds) * 1000));
  await client.close();
`;

async function testerRate(server: ServerProcess, seconds: number): Promise<number> {
  const flags = ["--unix", server.doors.unix.unix, "--clients", "1", "--depth", `${depth}`];
  const only = ["--seconds", `${seconds}`, "--only", "load: get + release", "--json"];
  const report = await printed([await compiledBinary(), "test", ...flags, ...only]);
  const { load } = JSON.parse(report) as {
    load: { measurements: { operationsPerSecond: number }[] };
  };
  return load.measurements[0]?.operationsPerSecond ?? 0;
}

async function printed(argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(argv);
  if (status !== 0) throw new Error(`${argv.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

if (import.meta.main) {
  await using server = await startProcess();
  const rates = await measure(server, Number(process.argv[2] ?? 2));
  for (const [who, rate] of Object.entries(rates)) {
    const share = Math.round((100 * rate) / rates.tester);
    process.stdout.write(`${who.padEnd(7)} ${Math.round(rate)} commands/s, ${share} %\n`);
  }
}
