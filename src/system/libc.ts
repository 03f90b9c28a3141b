/**
 * The few system calls that Bun does not offer, through the C library.
 * Invariant: where there is no such library or function (Windows), `libc()` is
 * `undefined` and callers say what is missing instead of failing.
 */
import type { FFIFunction, Library } from "bun:ffi";

export interface Libc {
  flock(descriptor: number, operation: number): number;
  setsockopt(
    descriptor: number,
    level: number,
    option: number,
    value: Uint8Array | Int32Array,
    bytes: number,
  ): number;
  /** How many bytes were taken; -1 when none was. `address` as `addressOf` says. */
  send(descriptor: number, address: number, bytes: number, flags: number): number;
  /** How many bytes came; 0 at the end, -1 when there are none. */
  recv(descriptor: number, address: number, bytes: number, flags: number): number;
  getrlimit(resource: number, limit: BigUint64Array): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
  socket(domain: number, type: number, protocol: number): number;
  /** 1 when `text`, which ends with NUL, is an address, which is then in `address`. */
  inetPton(family: number, text: Uint8Array, address: Uint8Array): number;
  bind(descriptor: number, address: Uint8Array, bytes: number): number;
  listen(descriptor: number, backlog: number): number;
  close(descriptor: number): number;
  /** 1 for a terminal. */
  isatty(descriptor: number): number;
  getpeername(descriptor: number, address: Uint8Array, bytes: Int32Array): number;
  /** Where the bytes are, for structures that say so. */
  addressOf(memory: Uint8Array | Int32Array): number;
  /** Why the last call failed; to be asked at once. */
  errno(): number;
}

/** Linux only. */
export interface EpollCalls {
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, descriptor: number, event: Int32Array): number;
  /** How many events there are at `address`, as `Libc.addressOf` says. */
  epoll_wait(epoll: number, address: number, eventsMax: number, milliseconds: number): number;
  close(descriptor: number): number;
}

/** What only a server needs that a service manager has started: Linux, apart from the rest. */
export interface ServiceCalls {
  socket(domain: number, type: number, protocol: number): number;
  /** Bytes that were sent; -1: see `Libc.errno`. */
  sendto(descriptor: number, bytes: Uint8Array, flags: number, address: Uint8Array): number;
  dup(descriptor: number): number;
  getsockname(descriptor: number, address: Uint8Array, length: Int32Array): number;
  getsockopt(
    descriptor: number,
    level: number,
    option: number,
    value: Int32Array,
    length: Int32Array,
  ): number;
  /** `time`: seconds, then nanoseconds. */
  clockGettime(clock: number, time: BigInt64Array): number;
}

/** The C library, opened with its first use; `undefined` where it cannot be. */
export function libc(): Libc | undefined {
  if (opened === undefined) opened = open() ?? "none";
  return opened === "none" ? undefined : opened;
}

let opened: Libc | "none" | undefined;

/** The same library's calls for services; each costs a server's start, so they come by themselves. */
export function serviceCalls(): ServiceCalls | undefined {
  if (openedForServices === undefined) openedForServices = openForServices() ?? "none";
  return openedForServices === "none" ? undefined : openedForServices;
}

let openedForServices: ServiceCalls | "none" | undefined;

/** Where each system has its C library. musl answers to every name that begins with libc, so Alpine needs none of its own. */
export const libraries: Readonly<Record<string, readonly [path: string, errno: string]>> = {
  linux: ["libc.so.6", "__errno_location"],
  darwin: ["libSystem.B.dylib", "__error"],
  freebsd: ["libc.so.7", "__error"],
};

function open(): Libc | undefined {
  const library = libraries[process.platform];
  if (library === undefined) return undefined;
  const [path, errnoSymbol] = library;
  // Not at the top: a server that needs none of this should not pay for it.
  const { dlopen, ptr, read } = require("bun:ffi") as typeof import("bun:ffi");
  try {
    const { symbols } = dlopen(path, {
      flock: { args: ["i32", "i32"], returns: "i32" },
      setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
      // These return 64 bits; no call of ours is for more than 31, and BigInts would cost more than it.
      send: { args: ["i32", "u64", "u32", "i32"], returns: "i32" },
      recv: { args: ["i32", "u64", "u32", "i32"], returns: "i32" },
      getrlimit: { args: ["i32", "ptr"], returns: "i32" },
      setrlimit: { args: ["i32", "ptr"], returns: "i32" },
      socket: { args: ["i32", "i32", "i32"], returns: "i32" },
      inet_pton: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
      listen: { args: ["i32", "i32"], returns: "i32" },
      close: { args: ["i32"], returns: "i32" },
      isatty: { args: ["i32"], returns: "i32" },
      getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      [errnoSymbol]: { args: [], returns: "ptr" },
    } as const);
    const errnoAddress = symbols[errnoSymbol] as unknown as () => Parameters<typeof read.i32>[0];
    return {
      flock: symbols.flock,
      setsockopt: symbols.setsockopt,
      send: symbols.send,
      recv: symbols.recv,
      getrlimit: symbols.getrlimit,
      setrlimit: symbols.setrlimit,
      socket: symbols.socket,
      inetPton: symbols.inet_pton,
      bind: symbols.bind,
      listen: symbols.listen,
      close: symbols.close,
      isatty: symbols.isatty,
      getpeername: symbols.getpeername,
      addressOf: (memory) => ptr(memory),
      errno: () => read.i32(errnoAddress(), 0),
    };
  } catch {
    return undefined;
  }
}

/** `undefined` where there is no epoll. */
export function epollCalls(): EpollCalls | undefined {
  return onLinux({
    epoll_create1: { args: ["i32"], returns: "i32" },
    epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
    epoll_wait: { args: ["i32", "u64", "i32", "i32"], returns: "i32" },
    close: { args: ["i32"], returns: "i32" },
  } as const);
}

function openForServices(): ServiceCalls | undefined {
  const symbols = onLinux({
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    dup: { args: ["i32"], returns: "i32" },
    getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
    getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
    clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  } as const);
  return (
    symbols && {
      ...symbols,
      sendto: (descriptor, bytes, flags, address) =>
        Number(symbols.sendto(descriptor, bytes, bytes.length, flags, address, address.length)),
      clockGettime: symbols.clock_gettime,
    }
  );
}

/** Functions of Linux' C library; `undefined` elsewhere. */
function onLinux<const F extends Record<string, FFIFunction>>(
  functions: F,
): Library<F>["symbols"] | undefined {
  const [path] = (process.platform === "linux" ? libraries["linux"] : undefined) ?? [];
  if (path === undefined) return undefined;
  const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
  try {
    return dlopen(path, functions).symbols;
  } catch {
    return undefined;
  }
}
