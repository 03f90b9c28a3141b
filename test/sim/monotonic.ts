/** The machine's monotonic clock: Bun's own begin with the process, this one is the same for all. */
import { dlopen, ptr } from "bun:ffi";

const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const timespec = new BigInt64Array(2);
const clockMonotonic = 1;

/** Microseconds since the machine's start, with decimals; a double holds them exactly enough. */
export function microseconds(): number {
  libc.symbols.clock_gettime(clockMonotonic, ptr(timespec));
  return Number((timespec[0] ?? 0n) * 1_000_000_000n + (timespec[1] ?? 0n)) / 1_000;
}
