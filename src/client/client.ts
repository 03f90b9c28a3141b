/** What users of the library call. */
import type { AcquireOptions } from "./asking/acquisition.ts";
import type { Claim } from "./holds/claim.ts";
import { DetachedLock } from "./holds/detached-lock.ts";
import { Lock } from "./holds/lock.ts";
import { SharedLock } from "./holds/shared-lock.ts";
import { Holdings } from "./holdings.ts";
import { type LockInfo, lockInfos, type ServerVersion, statistics } from "./listings.ts";
import { checkKey, checkName } from "./names.ts";
import { type ConnectOptions, readOptions, seconds } from "./options.ts";
import { askLines, askNumber, askWelcome, type Counter } from "./asking/request.ts";
import { Semaphore } from "./holds/semaphore.ts";
import {
  type DetachedWant,
  exclusive,
  read,
  secondsText,
  shared,
  type Want,
} from "./asking/wants.ts";

/** How long a detached hold lives, and who else may have it. */
export interface DetachedOptions extends AcquireOptions {
  /** Seconds that it lives without being renewed; 0: until it is released. */
  readonly ttl: number;
  /** No white space; one that nobody else has unless given. */
  readonly key?: string | undefined;
}

/** Which readers to be among. */
export interface ReadOptions extends AcquireOptions {
  /** No white space; one that all share unless given. */
  readonly key?: string | undefined;
}

/** What is done while a lock is held. */
export type Work<T> = (lock: Lock) => T | Promise<T>;

const now: AcquireOptions = Object.freeze({ wait: 0 });

/**
 * Connects to a server. Returns at once: what is asked for meanwhile waits for the
 * connection, and so it does whenever the connection was lost and is made anew.
 *
 * @throws TypeError, RangeError or BadNameError when an option makes no sense.
 * @example
 * await using client = connect({ tcp: "127.0.0.1:9999" });
 * await using lock = await client.acquire("deploy", { wait: 30 });
 */
export function connect(options: ConnectOptions): Client {
  return new Client(new Holdings(readOptions(options)));
}

/**
 * A client of one server. Its methods reject with a GlockdError whose `code` says what
 * went wrong.
 */
export class Client implements AsyncDisposable {
  readonly #holdings: Holdings;
  readonly #makeLock: (claim: Claim) => Lock;
  readonly #makeSharedLock: (claim: Claim) => SharedLock;

  /** @internal */
  constructor(holdings: Holdings) {
    this.#holdings = holdings;
    this.#makeLock = (claim) => new Lock(claim, holdings);
    this.#makeSharedLock = (claim) => new SharedLock(claim, holdings);
  }

  /**
   * Gets an exclusive lock, waiting for it in line. Tasks of this process that ask for the
   * same lock exclude each other as well.
   */
  acquire(name: string, options: AcquireOptions = {}): Promise<Lock> {
    const makeHandle = this.#makeLock;
    return this.#holdings.acquire({ name, want: exclusive, options, makeHandle, isTry: false });
  }

  /** Gets an exclusive lock if it is free, else null. */
  tryAcquire(name: string): Promise<Lock | null> {
    const makeHandle = this.#makeLock;
    return this.#holdings.acquire({ name, want: exclusive, options: now, makeHandle, isTry: true });
  }

  /**
   * Runs `run` while an exclusive lock is held, and resolves with what it returns. Rejects
   * with a LostError if the lock was lost before `run` was done.
   */
  withLock<T>(name: string, run: Work<T>): Promise<T>;
  withLock<T>(name: string, options: AcquireOptions, run: Work<T>): Promise<T>;
  async withLock<T>(name: string, ...rest: [Work<T>] | [AcquireOptions, Work<T>]): Promise<T> {
    const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest;
    const lock = await this.acquire(name, options);
    try {
      const result = await run(lock);
      lock.throwIfLost();
      return result;
    } finally {
      await lock.release();
    }
  }

  /** Gets a shared lock, which any number may hold: of its own name space. */
  shared(name: string, options: AcquireOptions = {}): Promise<SharedLock> {
    const makeHandle = this.#makeSharedLock;
    return this.#holdings.acquire({ name, want: shared, options, makeHandle, isTry: false });
  }

  /** A lock that at most `limit` hold at the same time, each task counting as one. */
  semaphore(name: string, limit: number): Semaphore {
    checkName(name);
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new RangeError(`the limit of a semaphore is a whole number from 1, not ${limit}`);
    }
    const want: Want = { kind: "permit", limit };
    const order = { name, want, makeHandle: this.#makeSharedLock };
    return new Semaphore(name, limit, {
      acquire: (options) => this.#holdings.acquire({ ...order, options, isTry: false }),
      tryAcquire: () => this.#holdings.acquire({ ...order, options: now, isTry: true }),
    });
  }

  /**
   * Gets a lock together with all other readers, while no writer has it or waits for it.
   * Readers are those who come with the same key.
   */
  async readLock(name: string, options: ReadOptions = {}): Promise<Lock> {
    const makeHandle = this.#makeLock;
    const { key } = options;
    const want = key === undefined ? read : ({ kind: "read", key: checkKey(key) } as const);
    return await this.#holdings.acquire({ name, want, options, makeHandle, isTry: false });
  }

  /** Gets a lock for writing: what `acquire` does, beside `readLock`. */
  writeLock(name: string, options: AcquireOptions = {}): Promise<Lock> {
    return this.acquire(name, options);
  }

  /**
   * Gets an exclusive lock that outlives the connection. It is renewed at a third of its
   * time to live as long as it is held here.
   */
  async detached(name: string, options: DetachedOptions): Promise<DetachedLock> {
    const isOwnKey = options.key === undefined;
    const key = checkKey(options.key ?? crypto.randomUUID());
    const ttl = secondsText(seconds("ttl", options.ttl));
    const want: DetachedWant = { kind: "detached", key, ttl, isOwnKey };
    const makeHandle = (claim: Claim): DetachedLock =>
      new DetachedLock(claim, this.#holdings, want);
    return await this.#holdings.acquire({ name, want, options, makeHandle, isTry: false });
  }

  /** Releases a detached hold by its key. Resolves with whether there was one. */
  async releaseDetached(name: string, key: string): Promise<boolean> {
    return (await this.#number(`kr ${checkKey(key)}`, name)) > 0;
  }

  /** Whether anybody holds the exclusive lock. */
  async inspect(name: string): Promise<boolean> {
    return (await this.#number("i", name, true)) > 0;
  }

  /** How many connections hold the shared lock. */
  inspectShared(name: string): Promise<number> {
    return this.#number("si", name, true);
  }

  /** All locks, or those whose names begin with `prefix`. */
  async list(prefix = ""): Promise<LockInfo[]> {
    return lockInfos(await askLines(this.#counter, listing(prefix)));
  }

  /**
   * Hands all locks, or those whose names begin with `prefix`, to `take`, one after the
   * other as they come: for listings too long to be kept. `take` must not throw.
   */
  async eachLock(prefix: string, take: (lock: LockInfo) => void): Promise<void> {
    let wrong: unknown;
    const line = (text: string): void => {
      try {
        const [lock] = lockInfos([text]);
        if (lock !== undefined) take(lock);
      } catch (error) {
        wrong ??= error;
      }
    };
    await askLines(this.#counter, listing(prefix), line);
    if (wrong !== undefined) throw wrong;
  }

  /** The server's counters, by name. */
  async stats(): Promise<Record<string, number>> {
    return statistics(await askLines(this.#counter, "q"));
  }

  /** Which server this is. Resolves once there is a connection. */
  version(): Promise<ServerVersion> {
    return askWelcome(this.#counter);
  }

  /** Takes an exclusive lock from all who hold it, and resolves with how many did. For administrators. */
  free(name: string): Promise<number> {
    return this.#number("free", name);
  }

  /** The same of a shared lock. */
  freeShared(name: string): Promise<number> {
    return this.#number("sfree", name);
  }

  /**
   * The file descriptor of the connection's socket, where the platform tells and while
   * there is one. What is held lasts as long as anybody has it open, or until `close`.
   *
   * @internal
   */
  get descriptor(): number | undefined {
    return this.#holdings.connections.first.descriptor;
  }

  /**
   * Ends the connection, and with it all that it holds; what is still asked for rejects with
   * a ClosedError. Resolves when the server knows.
   */
  close(): Promise<void> {
    return this.#holdings.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #counter(): Counter {
    const { patienceMilliseconds, connections } = this.#holdings;
    return { connection: connections.first, patienceMilliseconds };
  }

  /** `isOld`: servers of the first part know the command, too. */
  async #number(command: string, name: string, isOld = false): Promise<number> {
    return await askNumber(this.#counter, `${command} ${checkName(name)}`, { name, isOld });
  }
}

function listing(prefix: string): string {
  return prefix === "" ? "ls" : `ls ${checkName(prefix, "prefix")}`;
}
