/**
 * A conversation in which each command has a tag, so that replies come when they are
 * decided and waits hold up nothing.
 *
 * Invariant: a tag is never used twice on a connection, and each question is answered or
 * broken once.
 */
import { type GlockdError, ProtocolError } from "../errors.ts";
import { type Conversation, noLines, nobodyAsks, type Question } from "./conversation.ts";

const at = 64;
const exclamation = 33;
const space = 32;
const zero = 48;

export interface TaggedEvents {
  write(text: string): void;
  /** A line that no command asked for, without its `@! `. */
  notified(text: string): void;
}

interface Collecting {
  readonly question: Question;
  readonly reply: string;
  readonly lines: string[];
  left: number;
}

export class Tagged implements Conversation {
  private readonly events: TaggedEvents;
  private readonly questions = new Map<number, Question>();
  private readonly listings = new Set<number>();
  private collecting: Collecting | null = null;
  private lastTag = 0;
  /** Untagged replies that are still to come. */
  private straysDue: number;

  /** `straysDue`: replies to come of what was asked before tags were known. */
  constructor(events: TaggedEvents, straysDue: number) {
    this.events = events;
    this.straysDue = straysDue;
  }

  ask(command: string, question: Question, isListing: boolean): number {
    const tag = ++this.lastTag;
    this.questions.set(tag, question);
    if (isListing) this.listings.add(tag);
    this.events.write(`@${tag} ${command}\n`);
    return tag;
  }

  cancel(tag: number): void {
    this.ask(`x ${tag}`, nobodyAsks, false);
  }

  received(text: string): void {
    let start = 0;
    while (start < text.length) {
      let end = text.indexOf("\n", start);
      if (end === -1) end = text.length;
      this.line(text, start, end);
      start = end + 1;
    }
  }

  end(error: GlockdError): void {
    const broken = [...this.questions.values()];
    if (this.collecting !== null) broken.unshift(this.collecting.question);
    this.questions.clear();
    this.collecting = null;
    for (const question of broken) question.broken(error);
  }

  /** Hot: no regular expressions. */
  private line(text: string, start: number, end: number): void {
    if (this.collecting !== null) return this.collect(this.collecting, text.slice(start, end));
    if (text.charCodeAt(start) !== at) return this.stray(text.slice(start, end));
    if (text.charCodeAt(start + 1) === exclamation) {
      return this.events.notified(text.slice(start + 3, end));
    }
    let tag = 0;
    let index = start + 1;
    for (; index < end; index++) {
      const code = text.charCodeAt(index);
      if (code === space) break;
      tag = tag * 10 + code - zero;
    }
    const question = this.questions.get(tag);
    if (question === undefined) throw unexpected(text.slice(start, end));
    this.questions.delete(tag);
    const reply = text.slice(index + 1, end);
    if (this.listings.size !== 0 && this.listings.delete(tag)) this.begin(question, reply);
    else question.answered(reply, noLines);
  }

  private begin(question: Question, reply: string): void {
    const [, count] = /^(\d+) lines$/.exec(reply) ?? [];
    const left = Number(count ?? 0);
    if (left === 0) question.answered(reply, noLines);
    else this.collecting = { question, reply, lines: [], left };
  }

  private collect(collecting: Collecting, line: string): void {
    collecting.lines.push(line);
    if (--collecting.left > 0) return;
    this.collecting = null;
    collecting.question.answered(collecting.reply, collecting.lines);
  }

  private stray(line: string): void {
    if (line === "" || this.straysDue-- > 0) return;
    throw unexpected(line);
  }
}

function unexpected(line: string): ProtocolError {
  return new ProtocolError(`the server said what nobody asked for: ${line.slice(0, 200)}`);
}
