/**
 * The few system calls that Bun does not offer, through the C library.
 * Invariant: where there is no such library or function (Windows), `libc()` is
 * `undefined` and callers say what is missing instead of failing.
 */

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
  getrlimit(resource: number, limit: BigUint64Array): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
  getpeername(descriptor: number, address: Uint8Array, bytes: Int32Array): number;
  /** Where the bytes are, for structures that say so. */
  addressOf(bytes: Uint8Array): number;
  /** Why the last call failed; to be asked at once. */
  errno(): number;
}

/** The C library, opened with its first use; `undefined` where it cannot be. */
export function libc(): Libc | undefined {
  if (opened === undefined) opened = open() ?? "none";
  return opened === "none" ? undefined : opened;
}

let opened: Libc | "none" | undefined;

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
      // It returns 64 bits; no call of ours is for more than 31, and BigInts would cost more than it.
      send: { args: ["i32", "u64", "u32", "i32"], returns: "i32" },
      getrlimit: { args: ["i32", "ptr"], returns: "i32" },
      setrlimit: { args: ["i32", "ptr"], returns: "i32" },
      getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      [errnoSymbol]: { args: [], returns: "ptr" },
    } as const);
    const errnoAddress = symbols[errnoSymbol] as unknown as () => Parameters<typeof read.i32>[0];
    return {
      flock: symbols.flock,
      setsockopt: symbols.setsockopt,
      send: symbols.send,
      getrlimit: symbols.getrlimit,
      setrlimit: symbols.setrlimit,
      getpeername: symbols.getpeername,
      addressOf: (bytes) => ptr(bytes),
      errno: () => read.i32(errnoAddress(), 0),
    };
  } catch {
    return undefined;
  }
}
