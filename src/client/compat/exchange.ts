/**
 * One request and its reply: which line ends it, and what it means when none comes.
 *
 * Listings of the protocol's first part have no end, and an empty one is no reply at all.
 * A mark, an `i` of a lock that nobody has, tells: its reply comes behind the listing.
 */

/** What is asked, and how the end of its reply is known. */
export interface Question {
  /** Without LF. */
  readonly command: string;
  /** Whether nothing of the reply comes after this line. */
  readonly endsWith: (line: string) => boolean;
  /** Whether there may be no such line, so that a mark has to tell. */
  readonly needsMark: boolean;
}

/** Called once: with an error, or with the reply's lines. */
export type Answered = (error: Error | null, lines: readonly string[]) => void;

/** A command whose reply is one line. */
export function oneLine(command: string): Question {
  return { command, endsWith: () => true, needsMark: false };
}

/** A command whose reply is a listing. Each of its lines has `: ` in it; refusals do not. */
export function listing(command: string): Question {
  return { command, endsWith: (line) => !line.includes(": "), needsMark: true };
}

/** `q`: its lines are sorted, and every server has this key, which is the last one. */
export const statistics: Question = {
  command: "q",
  endsWith: (line) => line.startsWith("shared_orphans: ") || !line.includes(": "),
  needsMark: false,
};

/** A question that was asked, and what came of it so far. */
export class Exchange {
  readonly question: Question;
  readonly lines: string[] = [];
  private readonly answered: Answered;

  constructor(question: Question, answered: Answered) {
    this.question = question;
    this.answered = answered;
  }

  /** Takes a line of the reply; whether it was the last. */
  take(line: string): boolean {
    this.lines.push(line);
    return this.question.endsWith(line);
  }

  /** The reply is complete. */
  succeed(): void {
    this.settle(null);
  }

  fail(error: Error): void {
    this.settle(error);
  }

  /** In a turn of its own: whatever the callback throws meets none of our state. */
  private settle(error: Error | null): void {
    process.nextTick(() => this.answered(error, this.lines));
  }
}
