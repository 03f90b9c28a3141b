/**
 * The locks of one name space as records that are found by name.
 *
 * Most names are short and lie in the record itself, in the cache line that a lookup
 * reads anyway; the others are in a NameStore.
 *
 * Invariant: a record is in the index exactly while it is allocated, and its name is
 * kept exactly as long.
 */
import { HashIndex } from "./hash-index.ts";
import * as Lock from "./lock-words.ts";
import type { Name } from "./name.ts";
import { NameStore } from "./name-store.ts";
import { Slab } from "./slab.ts";

/** Lock records by id and by name; what their lists mean is the LockSpace's to know. */
export class NamedLocks {
  readonly records = new Slab({ wordBits: Lock.wordBits, doubles: false });
  private readonly longNames = new NameStore();
  private readonly index = new HashIndex(this.records, {
    linkWord: Lock.link,
    hashOf: (lock) => this.records.get(lock, Lock.hash),
  });

  /** Makes room for `count` locks at once, while there is none. */
  expect(count: number): void {
    this.index.expect(count);
  }

  /** The lock of that name; 0 when there is none. */
  find(name: Name): number {
    const { records } = this;
    const { hash } = name;
    let lock = this.index.first(hash);
    while (lock !== 0 && (records.get(lock, Lock.hash) !== hash || !this.isNamed(lock, name))) {
      lock = records.get(lock, Lock.link);
    }
    return lock;
  }

  /** A new lock without requests. */
  create(name: Name): number {
    const { records } = this;
    const lock = records.allocate();
    const words = records.chunkOf(lock);
    const at = records.offsetOf(lock);
    words[at + Lock.hash] = name.hash;
    words[at + Lock.first] = 0;
    words[at + Lock.last] = 0;
    words[at + Lock.waiting] = 0;
    words[at + Lock.holders] = 0;
    words[at + Lock.waiters] = 0;
    this.keepName(lock, name);
    this.index.insert(lock, name.hash);
    return lock;
  }

  /** The lock has no requests left. */
  drop(lock: number): void {
    const { records } = this;
    this.index.remove(lock, records.get(lock, Lock.hash));
    if (this.nameLength(lock) === Lock.nameIsLong) {
      this.longNames.release(records.get(lock, Lock.longName));
    }
    records.release(lock);
  }

  /** A view of the name's bytes, valid until the lock is dropped. */
  nameOf(lock: number): Uint8Array {
    const { records } = this;
    const length = this.nameLength(lock);
    if (length === Lock.nameIsLong) return this.longNames.view(records.get(lock, Lock.longName));
    const at = 4 * records.offsetOf(lock) + Lock.nameByte;
    return records.bytesOf(lock).subarray(at, at + length);
  }

  /** How many bytes the name has. */
  lengthOf(lock: number): number {
    const length = this.nameLength(lock);
    if (length !== Lock.nameIsLong) return length;
    return this.longNames.lengthOf(this.records.get(lock, Lock.longName));
  }

  /** Copies the name to `to[at…]`. For a million names: views are dear to the garbage collector. */
  copyName(lock: number, to: Uint8Array, at: number): void {
    const { records } = this;
    const length = this.nameLength(lock);
    if (length === Lock.nameIsLong) {
      this.longNames.copy(records.get(lock, Lock.longName), to, at);
      return;
    }
    const own = records.bytesOf(lock);
    const from = 4 * records.offsetOf(lock) + Lock.nameByte;
    for (let i = 0; i < length; i++) to[at + i] = own[from + i]!;
  }

  private nameLength(lock: number): number {
    const { records } = this;
    return records.bytesOf(lock)[4 * records.offsetOf(lock) + Lock.nameLengthByte]!;
  }

  private isNamed(lock: number, name: Name): boolean {
    const { records } = this;
    const own = records.bytesOf(lock);
    const at = 4 * records.offsetOf(lock);
    const { bytes, start } = name;
    const length = name.end - start;
    const ownLength = own[at + Lock.nameLengthByte];
    if (ownLength === Lock.nameIsLong) {
      return this.longNames.equals(records.get(lock, Lock.longName), name);
    }
    if (ownLength !== length) return false;
    const from = at + Lock.nameByte;
    for (let i = 0; i < length; i++) if (own[from + i] !== bytes[start + i]) return false;
    return true;
  }

  private keepName(lock: number, name: Name): void {
    const { records } = this;
    const own = records.bytesOf(lock);
    const at = 4 * records.offsetOf(lock);
    const { bytes, start } = name;
    const length = name.end - start;
    if (length > Lock.shortNameBytesMax) {
      own[at + Lock.nameLengthByte] = Lock.nameIsLong;
      records.set(lock, Lock.longName, this.longNames.keep(name));
      return;
    }
    own[at + Lock.nameLengthByte] = length;
    const to = at + Lock.nameByte;
    for (let i = 0; i < length; i++) own[to + i] = bytes[start + i]!;
  }
}
