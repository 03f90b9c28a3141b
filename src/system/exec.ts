/**
 * Becoming another program, as `exec` of a shell does, and what has to be set before.
 * Invariant: the new program finds signals as they were for whoever started us, not as
 * this runtime sets them for itself; it ends when its parent does, where the system
 * has a word for that.
 */
import { getSystemErrorMap } from "node:util";
import { libraries } from "./libc.ts";

/** What the new program is, and how it finds itself. */
export interface Image {
  /** The first is looked for in PATH. */
  readonly argv: readonly string[];
  /** The process whose end is to be told by SIGTERM. */
  readonly parent: number;
  /** Numbers of the signals that it is to ignore. */
  readonly ignored: readonly number[];
  /** How many descriptors it may have, where that has to be set. */
  readonly descriptorLimit: number | undefined;
  /** Descriptors above the standard ones that it is to have. */
  readonly kept: readonly number[];
}

/** Why it could not be: words, and the exit status that shells use for it. */
export interface ExecFailure {
  readonly reason: string;
  readonly status: 126 | 127;
}

/** Whether this system can do it at all. */
export const canExec = process.platform in libraries;

const signals = { term: 15, pipe: 13, fileSize: 25 };
const [defaultAction, ignoreAction] = [0, 1];
const setParentDeathSignal = 1;
const descriptorResource = 7;
const noSuchFile = 2;

/** Does not return unless it fails, or the parent is gone already: then `undefined`. */
export function exec({
  argv,
  parent,
  ignored,
  descriptorLimit,
  kept,
}: Image): ExecFailure | undefined {
  const c = calls();
  if (c.prctl !== undefined) c.prctl(setParentDeathSignal, BigInt(signals.term), 0n, 0n, 0n);
  // It may have ended before it was to be told of.
  if (c.getppid() !== parent) return undefined;
  // This runtime ignores these two for itself.
  for (const signal of [signals.pipe, signals.fileSize]) c.signal(signal, defaultAction);
  for (const signal of ignored) c.signal(signal, ignoreAction);
  if (descriptorLimit !== undefined) limitDescriptors(c, descriptorLimit);
  for (const descriptor of kept) keepOpen(c, descriptor);
  const words = argv.map((word) => Buffer.from(`${word}\0`));
  const pointers = new BigUint64Array(words.length + 1);
  for (const [index, word] of words.entries()) pointers[index] = BigInt(c.addressOf(word));
  c.execvp(words[0]!, pointers);
  const error = c.errno();
  const [, reason = `error ${error}`] = getSystemErrorMap().get(-error) ?? [];
  return { reason, status: error === noSuchFile ? 127 : 126 };
}

function limitDescriptors(c: Calls, soft: number): void {
  const limit = new BigUint64Array(2);
  if (c.getrlimit(descriptorResource, limit) !== 0 || limit[1]! < BigInt(soft)) return;
  limit[0] = BigInt(soft);
  c.setrlimit(descriptorResource, limit);
}

/** This runtime marks what it finds open as to be closed; a copy has no such mark. */
function keepOpen(c: Calls, descriptor: number): void {
  const copy = c.dup(descriptor);
  if (copy < 0) return;
  c.dup2(copy, descriptor);
  c.close(copy);
}

interface Calls {
  readonly prctl: ((option: number, ...values: bigint[]) => number) | undefined;
  getppid(): number;
  signal(signal: number, action: number): unknown;
  dup(descriptor: number): number;
  dup2(from: number, to: number): number;
  close(descriptor: number): number;
  getrlimit(resource: number, limit: BigUint64Array): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
  execvp(file: Uint8Array, argv: BigUint64Array): number;
  addressOf(bytes: Uint8Array): number;
  errno(): number;
}

/** @throws Error where there is no C library: `canExec` tells. */
function calls(): Calls {
  const [path, errnoSymbol] = libraries[process.platform] ?? [];
  if (path === undefined || errnoSymbol === undefined) throw new Error("there is no C library");
  const { dlopen, ptr, read } = require("bun:ffi") as typeof import("bun:ffi");
  const { symbols } = dlopen(path, {
    getppid: { args: [], returns: "i32" },
    signal: { args: ["i32", "u64"], returns: "u64" },
    dup: { args: ["i32"], returns: "i32" },
    dup2: { args: ["i32", "i32"], returns: "i32" },
    close: { args: ["i32"], returns: "i32" },
    getrlimit: { args: ["i32", "ptr"], returns: "i32" },
    setrlimit: { args: ["i32", "ptr"], returns: "i32" },
    execvp: { args: ["ptr", "ptr"], returns: "i32" },
    [errnoSymbol]: { args: [], returns: "ptr" },
  } as const);
  const errnoAddress = symbols[errnoSymbol] as unknown as () => Parameters<typeof read.i32>[0];
  return {
    prctl: process.platform === "linux" ? parentDeath(path) : undefined,
    getppid: () => symbols.getppid(),
    signal: (signal, action) => symbols.signal(signal, BigInt(action)),
    dup: symbols.dup,
    dup2: symbols.dup2,
    close: symbols.close,
    getrlimit: (resource, limit) => symbols.getrlimit(resource, limit),
    setrlimit: (resource, limit) => symbols.setrlimit(resource, limit),
    execvp: (file, argv) => symbols.execvp(file, argv),
    addressOf: (bytes) => ptr(bytes),
    errno: () => read.i32(errnoAddress(), 0),
  };
}

function parentDeath(path: string): NonNullable<Calls["prctl"]> {
  const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
  const args = ["i32", "u64", "u64", "u64", "u64"] as const;
  const { symbols } = dlopen(path, { prctl: { args, returns: "i32" } } as const);
  return (option, ...values) => {
    const [a = 0n, b = 0n, c = 0n, d = 0n] = values;
    return symbols.prctl(option, a, b, c, d);
  };
}
