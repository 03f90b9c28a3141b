/**
 * Lines on their way into a file, by one or several writes.
 *
 * Invariant: after a write that failed, the file ends with a whole line, if it is one
 * that can be cut; the next write begins where this one got to.
 */
import type { FileHandle } from "node:fs/promises";

const lineFeed = 10;

/** Lines that each end with LF. */
export class Batch {
  readonly lines: number;
  readonly characters: number;
  private readonly bytes: Buffer;
  /** How much is in the file. */
  private at = 0;

  constructor(lines: readonly string[]) {
    const text = lines.join("");
    this.lines = lines.length;
    this.characters = text.length;
    this.bytes = Buffer.from(text);
  }

  get isDone(): boolean {
    return this.at === this.bytes.length;
  }

  /** Whether what is in the file are whole lines. */
  get isWhole(): boolean {
    return this.at === this.lineStart;
  }

  /** How many lines are not in the file. */
  get left(): number {
    return this.bytes.toString("latin1", this.lineStart).split("\n").length - 1;
  }

  /** Writes what is left; `null`, or why not all of it could be. */
  async write(handle: FileHandle): Promise<unknown> {
    try {
      while (!this.isDone) {
        const { bytesWritten } = await handle.write(this.bytes, this.at);
        this.at += bytesWritten;
      }
      return null;
    } catch (error) {
      if (!this.isWhole) await this.cut(handle).catch(() => {});
      return error;
    }
  }

  /** The line that was begun is written anew: in another file, where its beginning is not. */
  restartLine(): void {
    this.at = this.lineStart;
  }

  private get lineStart(): number {
    return this.at === 0 ? 0 : this.bytes.lastIndexOf(lineFeed, this.at - 1) + 1;
  }

  /** Takes the beginning of a line out again. */
  private async cut(handle: FileHandle): Promise<void> {
    const begun = this.at - this.lineStart;
    const file = await handle.stat();
    // A pipe keeps what it has; and somebody may have cut the file already.
    if (!file.isFile() || file.size < begun) return;
    await handle.truncate(file.size - begun);
    this.restartLine();
  }
}
