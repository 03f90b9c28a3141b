/**
 * Marks: commands that change nothing, whose replies are recognised wherever they come.
 * `i` is the one command that every server answers with exactly one line, whatever it has
 * disabled.
 */
import { randomBytes } from "node:crypto";

/** One connection's marks, numbered. */
export class Marks {
  /** Nobody has or inspects a lock of this name but this connection. */
  private readonly name = `mark-${randomBytes(9).toString("hex")}-`;
  /** How many were made. */
  count = 0;

  /** The command of the next mark. */
  next(): string {
    this.count += 1;
    return `i ${this.name}${this.count}`;
  }

  /** The number of the mark that this line replies to; `undefined` for any other line. */
  numberOf(line: string): number | undefined {
    const at = line.lastIndexOf(`: ${this.name}`);
    return at === -1 ? undefined : Number(line.slice(at + 2 + this.name.length));
  }
}
