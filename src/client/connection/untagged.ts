/**
 * A conversation with a server that knows the first part of the protocol only: one
 * command, its one line of reply, then the next.
 *
 * Invariant: at most one command is under way. The Go server drops what comes behind the
 * first line of a packet.
 */
import { type GlockdError, ProtocolError } from "../errors.ts";
import { type Conversation, noLines, nobodyAsks, type Question } from "./conversation.ts";

export class Untagged implements Conversation {
  private readonly write: (text: string) => void;
  private readonly waiting: { readonly command: string; readonly question: Question }[] = [];
  private asked: Question | null = null;

  /** `isReplyDue`: a reply is still to come of what was asked before. */
  constructor(write: (text: string) => void, isReplyDue: boolean) {
    this.write = write;
    if (isReplyDue) this.asked = nobodyAsks;
  }

  ask(command: string, question: Question): number {
    this.waiting.push({ command, question });
    this.next();
    return 0;
  }

  askInOrder(command: string, question: Question): void {
    this.ask(command, question);
  }

  cancel(): void {
    // Nothing waits on such a server.
  }

  received(text: string): void {
    for (const each of text.split("\n")) {
      const line = each.trimEnd();
      if (line === "") continue;
      const { asked } = this;
      if (asked === null) throw new ProtocolError(`the server said what nobody asked for: ${line}`);
      this.asked = null;
      asked.answered(line, noLines);
      this.next();
    }
  }

  end(error: GlockdError): void {
    const broken = this.waiting.splice(0).map(({ question }) => question);
    if (this.asked !== null) broken.unshift(this.asked);
    this.asked = null;
    for (const question of broken) question.broken(error);
  }

  private next(): void {
    if (this.asked !== null) return;
    const first = this.waiting.shift();
    if (first === undefined) return;
    this.asked = first.question;
    this.write(`${first.command}\n`);
  }
}
