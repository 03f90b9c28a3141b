/**
 * A listening socket that another process has opened for this one (Linux).
 * Invariant: what is returned is a stream socket that listens, over TCP or a unix socket.
 */
import { type ServiceCalls, serviceCalls } from "../libc.ts";

export interface InheritedSocket {
  readonly descriptor: number;
  readonly kind: "tcp" | "unix";
  /** `127.0.0.1:9999`, `[::]:9999`, a path, or `@name`. */
  readonly address: string;
  /** Absent for unix. */
  readonly port?: number;
}

/** @throws Error that says what that descriptor is instead. */
export function inspectSocket(descriptor: number): InheritedSocket {
  const calls = serviceCalls();
  if (calls === undefined) throw new Error("sockets can be handed over on Linux only");
  const address = new Uint8Array(addressBytesMax);
  const length = Int32Array.of(addressBytesMax);
  if (calls.getsockname(descriptor, address, length) !== 0) throw new Error("it is no socket");
  if (option(calls, descriptor, soType) !== sockStream) throw new Error("it is no stream socket");
  if (option(calls, descriptor, soAcceptConnections) !== 1) throw new Error("it does not listen");
  return { descriptor, ...placeOf(address.subarray(0, length[0])) };
}

/** Another descriptor of the same socket, which can be closed by itself. */
export function duplicate(descriptor: number): number {
  const copy = serviceCalls()?.dup(descriptor) ?? -1;
  if (copy < 0) throw new Error(`cannot duplicate descriptor ${descriptor}`);
  return copy;
}

const addressBytesMax = 128;
const solSocket = 1;
const soType = 3;
const soAcceptConnections = 30;
const sockStream = 1;
const [afUnix, afInet, afInet6] = [1, 2, 10];

function option(calls: ServiceCalls, descriptor: number, name: number): number {
  const value = Int32Array.of(-1);
  calls.getsockopt(descriptor, solSocket, name, value, Int32Array.of(4));
  return value[0] ?? -1;
}

function placeOf(address: Uint8Array): Omit<InheritedSocket, "descriptor"> {
  const [family] = new Uint16Array(address.slice(0, 2).buffer);
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  if (family === afUnix) {
    const path = Buffer.from(address.subarray(2)).toString();
    const shown = path.startsWith("\0") ? `@${path.slice(1)}` : path.replace(/\0.*$/s, "");
    return { kind: "unix", address: shown };
  }
  if (family === afInet) {
    const port = view.getUint16(2);
    return { kind: "tcp", address: `${address.subarray(4, 8).join(".")}:${port}`, port };
  }
  if (family === afInet6) {
    const port = view.getUint16(2);
    const groups = Array.from({ length: 8 }, (_, n) => view.getUint16(8 + 2 * n).toString(16));
    // A URL writes it as short as it can be.
    const host = new URL(`http://[${groups.join(":")}]`).hostname;
    return { kind: "tcp", address: `${host}:${port}`, port };
  }
  throw new Error("it is neither a TCP nor a unix socket");
}
