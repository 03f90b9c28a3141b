/**
 * The pid file: who runs, and a lock so that it runs once.
 * Invariant: a file that is locked holds its holder's process id and is the one that the
 * path names. What a killed process left is not locked, and so can be taken.
 */
import type { Stats } from "node:fs";
import { fs } from "../late.ts";
import { libc } from "./libc.ts";
import { reasonOf } from "./reason.ts";

export interface Pidfile {
  /** Removes the file, unless somebody has put another in its place, and frees the lock. */
  release(): void;
}

/** Why there is no pid file; the message is for people. */
export class PidfileError extends Error {
  override readonly name = "PidfileError";
  /** 3: the file cannot be opened. 4: another process holds it. */
  readonly status: 3 | 4;
  /** The process that holds it, where that is known. */
  readonly holder: number | undefined;

  constructor(status: 3 | 4, message: string, holder?: number) {
    super(message);
    this.status = status;
    this.holder = holder;
  }
}

/**
 * Locks the file at `path` for this process and writes its id, one line, into it.
 * @throws PidfileError
 */
export function takePidfile(path: string): Pidfile {
  const system = libc();
  return system === undefined ? takeByCreation(path) : takeByLock(path, system.flock, system.errno);
}

const lockExclusive = 2;
const lockNonBlocking = 4;
/** EAGAIN of Linux and EWOULDBLOCK of the BSDs: somebody else has it. */
const heldErrors: ReadonlySet<number> = new Set([11, 35]);

function takeByLock(
  path: string,
  flock: (descriptor: number, operation: number) => number,
  errno: () => number,
): Pidfile {
  for (;;) {
    const descriptor = open(path, fs().constants.O_RDWR | fs().constants.O_CREAT);
    if (flock(descriptor, lockExclusive | lockNonBlocking) !== 0) {
      const code = errno();
      fs().closeSync(descriptor);
      if (heldErrors.has(code)) throw heldBy(path, readPid(path));
      throw new PidfileError(3, `cannot lock the pid file ${path}: the system says error ${code}`);
    }
    // Its holder may have stopped, and removed it, between our opening and our locking.
    if (!isAt(path, fs().fstatSync(descriptor))) {
      fs().closeSync(descriptor);
      continue;
    }
    const identity = write(path, descriptor);
    return releasing(() => {
      // Removed while still locked: whoever comes now makes a new file.
      if (isAt(path, identity)) fs().unlinkSync(path);
      fs().closeSync(descriptor);
    });
  }
}

/**
 * Where there is no flock (Windows): whoever creates the file has it, and a file whose
 * process is gone is removed first. Two servers that find the same stale file in the same
 * instant could both start; they would still collide on their listeners.
 */
export function takeByCreation(path: string): Pidfile {
  const descriptor = create(path);
  write(path, descriptor);
  // An open file could not be removed there.
  fs().closeSync(descriptor);
  return releasing(() => {
    // What it says, not which file it is: the number of a file that is gone is given again.
    if (fs().existsSync(path) && readPid(path) === process.pid) fs().unlinkSync(path);
  });
}

function create(path: string): number {
  const flags = fs().constants.O_RDWR | fs().constants.O_CREAT | fs().constants.O_EXCL;
  try {
    return fs().openSync(path, flags, 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotOpen(path, error);
  }
  const pid = readPid(path);
  if (pid !== undefined && isAlive(pid)) throw heldBy(path, pid);
  try {
    fs().unlinkSync(path);
  } catch (error) {
    throw cannotOpen(path, error);
  }
  return open(path, flags);
}

function open(path: string, flags: number): number {
  let descriptor;
  try {
    // Bun opens with O_CLOEXEC: no child keeps the lock of a server that is gone.
    descriptor = fs().openSync(path, flags, 0o644);
  } catch (error) {
    throw cannotOpen(path, error);
  }
  if (fs().fstatSync(descriptor).isFile()) return descriptor;
  fs().closeSync(descriptor);
  throw new PidfileError(3, `cannot open the pid file ${path}: it is not a regular file`);
}

function write(path: string, descriptor: number): Stats {
  try {
    fs().ftruncateSync(descriptor, 0);
    fs().writeSync(descriptor, `${process.pid}\n`, 0);
    return fs().fstatSync(descriptor);
  } catch (error) {
    fs().closeSync(descriptor);
    throw new PidfileError(3, `cannot write the pid file ${path}: ${reasonOf(error)}`);
  }
}

function releasing(release: () => void): Pidfile {
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      release();
    },
  };
}

function isAt(path: string, identity: Stats): boolean {
  const found = fs().statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.ino === identity.ino && found.dev === identity.dev;
}

function readPid(path: string): number | undefined {
  // A holder that has just locked the file is about to write its id.
  for (let tries = 0; tries < 20; tries++) {
    try {
      const text = fs().readFileSync(path, "latin1");
      if (/^\d{1,10}\s*$/.test(text)) return Number.parseInt(text, 10);
    } catch {
      return undefined;
    }
    Bun.sleepSync(5);
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function heldBy(path: string, pid: number | undefined): PidfileError {
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return new PidfileError(
    4,
    `the pid file ${path} is held by ${holder}; stop that one first, or give this one another -pidfile`,
    pid,
  );
}

function cannotOpen(path: string, error: unknown): PidfileError {
  return new PidfileError(3, `cannot open the pid file ${path}: ${reasonOf(error)}`);
}
