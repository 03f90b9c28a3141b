/**
 * Two listeners of one process on one port (Linux): the kernel lets them share it if both
 * say so, and a program of one instruction tells it which of the two gets newcomers.
 */
import { libc } from "./libc.ts";

const solSocket = 1;
const soReuseport = 15;
const soAttachReuseportProgram = 51;
/** `return 1`: the second of those that share; alone again, whoever is left. */
const returnConstant = 0x06;
const second = 1;

/** Lets another listener have the port of this one as well; `false` where that cannot be. */
export function sharePort(descriptor: number): boolean {
  const c = process.platform === "linux" ? libc() : undefined;
  return c !== undefined && c.setsockopt(descriptor, solSocket, soReuseport, one, 4) === 0;
}

/** Newcomers go to the later of two that share. Without it, the kernel deals them out. */
export function preferNewest(descriptor: number): boolean {
  const c = libc();
  if (c === undefined) return false;
  const instruction = new Uint8Array(8);
  const view = new DataView(instruction.buffer);
  view.setUint16(0, returnConstant, littleEndian);
  view.setUint32(4, second, littleEndian);
  // struct sock_fprog: how many instructions, and, aligned, where they are.
  const program = new Uint8Array(16);
  const programView = new DataView(program.buffer);
  programView.setUint16(0, 1, littleEndian);
  programView.setBigUint64(8, BigInt(c.addressOf(instruction)), littleEndian);
  return c.setsockopt(descriptor, solSocket, soAttachReuseportProgram, program, 16) === 0;
}

const one = Int32Array.of(1);
const littleEndian = true;
