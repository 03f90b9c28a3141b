/**
 * Bytes into lines of text, in whatever pieces they come.
 *
 * Invariant: a line that is given out is not blank and has no line ending: servers may end
 * lines with CR LF (the Go server does, now and then) or put blank ones in between.
 */

const newline = 10;

/** Splits one connection's replies. */
export class Lines {
  private rest: Uint8Array[] = [];

  /** The lines that `bytes` complete. */
  take(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end === -1) break;
      const line = this.finish(bytes.subarray(start, end));
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    if (start < bytes.length) this.rest.push(bytes.subarray(start));
    return lines;
  }

  private finish(bytes: Uint8Array): string {
    const whole = Buffer.concat([...this.rest, bytes]);
    this.rest = [];
    // Only CR is dropped: the reply to a lock without a name ends with a space.
    return whole.toString("utf8").replace(/\r+$/, "");
  }
}
