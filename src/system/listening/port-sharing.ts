/**
 * Two listeners of one process on one port (Linux): the kernel lets them share it if both
 * say so, and a program of one instruction tells it which of the two gets newcomers.
 */
import { libc } from "../libc.ts";
import { attachConstant, programFor } from "./socket-program.ts";

const solSocket = 1;
const soReuseport = 15;
/** The second of those that share; alone again, whoever is left. */
const second = 1;

/** Lets another listener have the port of this one as well; `false` where that cannot be. */
export function sharePort(descriptor: number): boolean {
  const c = process.platform === "linux" ? libc() : undefined;
  return c !== undefined && c.setsockopt(descriptor, solSocket, soReuseport, one, 4) === 0;
}

/** Newcomers go to the later of two that share. Without it, the kernel deals them out. */
export function preferNewest(descriptor: number): boolean {
  return attachConstant(descriptor, programFor.sharing, second);
}

const one = Int32Array.of(1);
