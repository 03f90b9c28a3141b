/**
 * Programs that Linux runs for a listening socket (classic BPF), of one instruction:
 * `return` with a constant.
 */
import { libc } from "../libc.ts";

const solSocket = 1;
const returnConstant = 0x06;
const littleEndian = true;

/** Which packets and connections the program is asked about. */
export const programFor = {
  /** Each packet to a listener that belongs to no connection: how many bytes of it to keep. */
  newcomers: 26,
  /** Each new connection to a port that several listeners share: which of them gets it. */
  sharing: 51,
} as const;

/** Gives the socket that program; `false` where that cannot be. */
export function attachConstant(
  descriptor: number,
  option: (typeof programFor)[keyof typeof programFor],
  constant: number,
): boolean {
  const c = process.platform === "linux" ? libc() : undefined;
  if (c === undefined) return false;
  const instruction = new Uint8Array(8);
  const view = new DataView(instruction.buffer);
  view.setUint16(0, returnConstant, littleEndian);
  view.setUint32(4, constant, littleEndian);
  // struct sock_fprog: how many instructions, and, aligned, where they are.
  const program = new Uint8Array(16);
  const programView = new DataView(program.buffer);
  programView.setUint16(0, 1, littleEndian);
  programView.setBigUint64(8, BigInt(c.addressOf(instruction)), littleEndian);
  return c.setsockopt(descriptor, solSocket, option, program, program.length) === 0;
}

/** Takes a program for newcomers away again. */
export function detachNewcomers(descriptor: number): boolean {
  const detach = 27;
  return libc()?.setsockopt(descriptor, solSocket, detach, Int32Array.of(0), 4) === 0;
}
