/**
 * A client process of the soak: gets one lock after another, waiting in line, holds it
 * for a moment and gives it back, until it is killed.
 *
 *     bun test/sim/contender.ts PORT LOCK,…
 *
 * Says `LOCK FENCE FROM TO` of each hold that it gave back: times on the machine's
 * monotonic clock in nanoseconds, the first read after the grant, the last before the
 * release, so that two holds of one lock overlap in what they say only if they did.
 */
import { dlopen, ptr } from "bun:ffi";
import { LineClient } from "../peers/line-client.ts";

const [, , port = "", list = ""] = process.argv;
const locks = list.split(",");
// Bun's own clocks begin with the process; this one is the same for all of them.
const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const timespec = new BigInt64Array(2);
const clockMonotonic = 1;

function nanoseconds(): bigint {
  libc.symbols.clock_gettime(clockMonotonic, ptr(timespec));
  return (timespec[0] ?? 0n) * 1_000_000_000n + (timespec[1] ?? 0n);
}

const client = await LineClient.connect({ port: Number(port) });
for (let round = process.pid; ; round += 1) {
  const lock = locks[round % locks.length] ?? "";
  const reply = await client.ask(`gw - ${lock}`);
  const from = nanoseconds();
  const [fence = "0"] = reply.split(" ");
  if (fence === "0") throw new Error(reply);
  // Somebody else may do something now, if somebody else thinks that they hold it too.
  await new Promise((resolve) => setImmediate(resolve));
  const to = nanoseconds();
  const released = await client.ask(`r ${lock}`);
  if (!released.startsWith("1 ")) throw new Error(released);
  process.stdout.write(`${lock} ${fence} ${from} ${to}\n`);
}
