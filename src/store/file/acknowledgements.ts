/**
 * Which commit was acknowledged last, in a small file beside the database. SQLite ends the
 * recovery of its log at the first frame that is damaged, as if nothing had followed: a
 * database that has fewer commits than were acknowledged tells that some were lost.
 *
 *     two slots, written in turn: u32 checksum | u32 zero | f64 commits
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
  let bytes;
  try {
    bytes = readFileSync(files.acknowledged);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const batches = [0, slotBytes].flatMap((at) => {
    const slot = bytes.subarray(at, at + slotBytes);
    const whole =
      slot.length === slotBytes && slot.readUInt32LE(0) === Bun.hash.crc32(slot.subarray(4));
    return whole ? [slot.readDoubleLE(8)] : [];
  });
  return batches.length === 0 ? null : Math.max(...batches);
}
