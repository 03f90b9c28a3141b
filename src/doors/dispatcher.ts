/**
 * Lines into commands: finds each in the table, counts it, runs it, and sees to it that
 * the reply of a tagged one begins with its tag.
 */
import { isTag } from "../protocol/arguments.ts";
import { commandIndex } from "../protocol/commands.ts";
import { Fault, lineTooLong } from "../protocol/fault.ts";
import type { Line } from "../protocol/line.ts";
import type { Output } from "../protocol/output.ts";
import type { Guest } from "./guest.ts";
import type { Lobby } from "./lobby.ts";
import type { Waits } from "./asking/waits.ts";

const at = 64;

/** What somebody may have meant for a command; anything else may be what nobody should read. */
const wordLike = /^[a-z]{1,8}$/i;

/** One connection's commands. */
export class Dispatcher {
  /** Of the command that is being done; `null` for one without. */
  tag: string | null = null;
  private readonly lobby: Lobby;
  private readonly guest: Guest;
  private readonly waits: Waits;
  private readonly out: Output;
  /** Where the tag's reply begins. */
  private mark = 0;

  constructor(lobby: Lobby, options: { guest: Guest; waits: Waits }) {
    this.lobby = lobby;
    this.guest = options.guest;
    this.waits = options.waits;
    this.out = lobby.out;
  }

  execute(line: Line): void {
    if (line.bytes[line.start] === at) return this.executeTagged(line);
    const index = commandIndex(line);
    if (index === -1) this.invalid(line);
    else this.run(index, line);
  }

  /** The line was too long; `line` is its beginning. */
  refuse(line: Line): void {
    this.lobby.limitHits.line++;
    const word = line.word();
    const tag = word.slice(1);
    const tagged = word.startsWith("@") && isTag(tag);
    this.out.textLine(tagged ? `@${tag} 0 ${lineTooLong}` : `0 ${lineTooLong}`);
  }

  /** What is put from here on is the reply of that tag. */
  beginTag(tag: string): void {
    this.tag = tag;
    this.mark = this.out.length;
    this.out.text(`@${tag} `);
  }

  /** The command's reply comes later, and its tag with it. */
  withdrawTag(): void {
    if (this.tag !== null) this.out.length = this.mark;
  }

  private executeTagged(line: Line): void {
    const tag = line.word().slice(1);
    if (!isTag(tag)) return this.invalid(line);
    if (this.waits.isInUse(tag)) return this.out.textLine(`@${tag} 0 Tag In Use: ${tag}`);
    line.shift();
    this.beginTag(tag);
    const index = commandIndex(line);
    if (index !== -1) {
      this.run(index, line);
    } else {
      this.invalid(line);
      this.out.textLine(`0 Invalid Command: ${line.word()}`);
    }
    this.tag = null;
  }

  private run(index: number, line: Line): void {
    this.lobby.counts[index]!++;
    try {
      this.guest.commands[index]!.run(this.guest, line);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.out.textLine(`0 ${error.message}`);
    }
  }

  private invalid(line: Line): void {
    const { lobby, guest } = this;
    lobby.invalidCommands++;
    if (!lobby.verbose) return;
    // The rest may be a key, or a secret that was sent to a misspelled `auth`.
    const word = line.word();
    const command = wordLike.test(word) ? word : undefined;
    lobby.logger.trace("invalid command", {
      client: guest.address,
      command,
      bytes: line.end - line.start,
    });
  }
}
