/**
 * A conversation in which commands have tags, so that replies come when they are decided
 * and waits hold up nothing. What never waits goes without: such replies come in order.
 *
 * Tags are indices into a table and are used again: tables cost half of what maps do here.
 * As commands are carried out in order, an `x` that was sent before a tag's next command
 * never meets that.
 *
 * Invariant: a tag has one open question at most, and each question is answered or broken
 * once.
 */
import { type GlockdError, ProtocolError } from "../errors.ts";
import { type Conversation, noLines, nobodyAsks, type Question } from "./conversation.ts";
import { Fifo } from "./fifo.ts";

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
  private questions: (Question | null)[] = [null];
  /** `@7 ` by tag. */
  private readonly prefixes: string[] = [""];
  private readonly freeTags: number[] = [];
  private readonly listings = new Set<number>();
  private collecting: Collecting | null = null;
  /** Of commands without a tag. */
  private readonly inOrder = new Fifo<Question>();

  /** `isReplyDue`: one is to come of what was asked before tags were known. */
  constructor(events: TaggedEvents, isReplyDue: boolean) {
    this.events = events;
    if (isReplyDue) this.inOrder.push(nobodyAsks);
  }

  ask(command: string, question: Question, isListing: boolean): number {
    const tag = this.freeTags.pop() ?? this.newTag();
    this.questions[tag] = question;
    if (isListing) this.listings.add(tag);
    this.events.write(`${this.prefixes[tag]}${command}\n`);
    return tag;
  }

  askInOrder(command: string, question: Question): void {
    this.inOrder.push(question);
    this.events.write(`${command}\n`);
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
    const broken = this.questions.filter((question) => question !== null);
    if (this.collecting !== null) broken.unshift(this.collecting.question);
    broken.push(...this.inOrder.drain());
    this.questions = [];
    this.collecting = null;
    for (const question of broken) question.broken(error);
  }

  /** Hot: no regular expressions. */
  private line(text: string, start: number, end: number): void {
    if (this.collecting !== null) return this.collect(this.collecting, text.slice(start, end));
    if (text.charCodeAt(start) !== at) return this.next(text.slice(start, end));
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
    const question = this.questions[tag] ?? null;
    if (question === null) throw unexpected(text.slice(start, end));
    this.questions[tag] = null;
    this.freeTags.push(tag);
    const reply = text.slice(index + 1, end);
    if (this.listings.size !== 0 && this.listings.delete(tag)) this.begin(question, reply);
    else question.answered(reply, noLines);
  }

  private newTag(): number {
    const tag = this.questions.length;
    this.prefixes.push(`@${tag} `);
    return tag;
  }

  private begin(question: Question, reply: string): void {
    const [, count] = /^(\d+) lines$/.exec(reply) ?? [];
    const left = Number(count ?? 0);
    if (left === 0) question.answered(reply, noLines);
    else this.collecting = { question, reply, lines: [], left };
  }

  private collect(collecting: Collecting, line: string): void {
    const { question } = collecting;
    if (question.line === undefined) collecting.lines.push(line);
    else question.line(line);
    if (--collecting.left > 0) return;
    this.collecting = null;
    question.answered(collecting.reply, collecting.lines);
  }

  private next(reply: string): void {
    const question = this.inOrder.shift();
    if (question !== undefined) question.answered(reply, noLines);
    else if (reply !== "") throw unexpected(reply);
  }
}

function unexpected(line: string): ProtocolError {
  return new ProtocolError(`the server said what nobody asked for: ${line.slice(0, 200)}`);
}
