/**
 * Which commit was acknowledged last, in a small file beside the database. SQLite ends the
 * recovery of its log at the first frame that is damaged, as if nothing had followed: a
 * database that has fewer commits than were acknowledged tells that some were lost.
 *
 *     two slots, written in turn: u32 checksum | u32 seconds since 1970 | f64 commits
 *
 * The seconds are the clock's when the slot was written, by which a start notices that it was
 * set back; 0 of an earlier glockd, which did not write them.
 *
 * Invariant: a slot is written after its commit is on disk, so what it says is never too
 * much. Only the first one is synchronised with the disk itself, before any commit that it
 * is to tell of: a power cut may leave an older one, but never none.
 */
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { syncDirectory } from "./directory.ts";
import type { StoreFiles } from "./files.ts";

const slotBytes = 16;

export class Acknowledgements {
  readonly #files: StoreFiles;
  readonly #descriptor: number;
  readonly #slot = Buffer.alloc(slotBytes);

  constructor(files: StoreFiles) {
    this.#files = files;
    this.#descriptor = openSync(files.acknowledged, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** @throws what the system says: without a slot, the first commit would look like damage. */
  begin(batch: number): void {
    this.#put(batch);
    fsyncSync(this.#descriptor);
    syncDirectory(this.#files.directory);
  }

  write(batch: number): void {
    try {
      this.#put(batch);
    } catch {
      // The commit is on disk all the same; an older slot notices less, and nothing wrong.
    }
  }

  #put(batch: number): void {
    this.#slot.writeUInt32LE(Math.floor(Date.now() / 1_000) >>> 0, 4);
    this.#slot.writeDoubleLE(batch, 8);
    this.#slot.writeUInt32LE(Bun.hash.crc32(this.#slot.subarray(4)), 0);
    writeSync(this.#descriptor, this.#slot, 0, slotBytes, (batch % 2) * slotBytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** The last commit that was acknowledged; `null`: the file is missing or no slot can be read. */
export function lastAcknowledged(files: StoreFiles): number | null {
  return lastSlot(files)?.batch ?? null;
}

/** When that was, by the clock on the wall, rounded down to a second; `null`: nobody knows. */
export function lastWrittenMilliseconds(files: StoreFiles): number | null {
  const { seconds = 0 } = lastSlot(files) ?? {};
  return seconds === 0 ? null : 1_000 * seconds;
}

interface Slot {
  readonly batch: number;
  readonly seconds: number;
}

function lastSlot(files: StoreFiles): Slot | null {
  let bytes;
  try {
    bytes = readFileSync(files.acknowledged);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const slots = [0, slotBytes].flatMap((at): Slot[] => {
    const slot = bytes.subarray(at, at + slotBytes);
    const whole =
      slot.length === slotBytes && slot.readUInt32LE(0) === Bun.hash.crc32(slot.subarray(4));
    return whole ? [{ batch: slot.readDoubleLE(8), seconds: slot.readUInt32LE(4) }] : [];
  });
  const [one, other] = slots;
  if (one === undefined || other === undefined) return one ?? null;
  return other.batch > one.batch ? other : one;
}
