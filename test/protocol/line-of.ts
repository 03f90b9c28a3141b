/** A line as the framer hands it out, from text in which a character is a byte. */
import { Line } from "../../src/protocol/line.ts";

export function lineOf(text: string): Line {
  const line = new Line();
  // Somewhere in a larger packet, as it usually is.
  line.bytes = Buffer.from(`..${text}\n`, "latin1");
  line.start = 2;
  line.end = 2 + text.length;
  const space = text.indexOf(" ");
  line.wordEnd = space === -1 ? line.end : 2 + space;
  return line;
}
