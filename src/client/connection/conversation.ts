/** Commands and their replies, over a server that knows tags or one that does not. */
import type { GlockdError } from "../errors.ts";

/** Whoever asked. One of the two is called, once. */
export interface Question {
  /** The reply line without its tag; `lines` are those of a listing, unless `line` took them. */
  answered(reply: string, lines: readonly string[]): void;
  /** Takes the lines of a listing as they come, so that nobody has to keep them all. */
  line?(line: string): void;
  /** No reply will come. */
  broken(error: GlockdError): void;
}

/** A server's end of the line. */
export interface Conversation {
  /** Sends a command; what it returns is for `cancel`. */
  ask(command: string, question: Question, isListing: boolean): number;
  /** Sends one that every server answers at once, with one line. */
  askInOrder(command: string, question: Question): void;
  /** Asks to end a wait. Its question is answered all the same. */
  cancel(tag: number): void;
  /** Takes whole lines. @throws ProtocolError when they make no sense. */
  received(text: string): void;
  /** Breaks all questions. */
  end(error: GlockdError): void;
}

export const noLines: readonly string[] = Object.freeze([]);

/** For commands whose reply nobody waits for. */
export const nobodyAsks: Question = { answered: () => undefined, broken: () => undefined };
