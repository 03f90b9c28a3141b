/**
 * Sessions without a network: ports that remember what leaves, a fake clock, limits as a
 * test wishes.
 */
import { open } from "../../../src/auth/authority.ts";
import { Lobby, type Owner } from "../../../src/doors/lobby.ts";
import type { Port } from "../../../src/doors/port.ts";
import { Session } from "../../../src/doors/session.ts";
import { LocalEngine } from "../../../src/engine/local.ts";
import { defaultLimits, type Limits } from "../../../src/limits.ts";
import { silent } from "../../../src/log.ts";
import type { Output } from "../../../src/protocol/output.ts";
import { FakeClock } from "../../clock.ts";
import { seed } from "../../core/named.ts";

/** A way out that takes everything, or stands still when a test says so. */
export class FakePort implements Port {
  /** What has left, a character a byte. */
  text = "";
  /** "finish", "finish gently", "close" and "destroy", in order. */
  readonly endings: string[] = [];
  blocked = false;
  pendingBytes = 0;
  /** After so many parts of listings the peer stops reading. */
  partsUntilBlocked = Infinity;

  reply(): void {}

  part(out: Output): void {
    this.flush(out);
    if (--this.partsUntilBlocked === 0) this.blocked = true;
  }

  flush(out: Output): void {
    this.text += Buffer.from(out.takeUncommitted()).toString("latin1");
  }

  drain(): void {}

  close(): void {
    this.endings.push("close");
  }

  finish(): void {
    this.endings.push("finish");
  }

  finishGently(): void {
    this.endings.push("finish gently");
  }

  ignored(): void {}

  destroy(): void {
    this.endings.push("destroy");
  }
}

/** A session and its port. */
export class Peer {
  readonly port = new FakePort();
  readonly session: Session;
  private heard = 0;

  constructor(lobby: Lobby, options: { address: string; local: boolean }) {
    this.session = new Session(lobby, { ...options, port: this.port });
  }

  /** Sends text as it is, a character a byte. */
  send(text: string): void {
    this.session.receive(Buffer.from(text, "latin1"));
  }

  /** Sends lines, and returns the lines that came since one looked last. */
  ask(...lines: readonly string[]): string[] {
    this.send(lines.map((line) => `${line}\n`).join(""));
    return this.lines();
  }

  /** The whole lines that came since one looked last. */
  lines(): string[] {
    const end = this.port.text.lastIndexOf("\n") + 1;
    const fresh = this.port.text.slice(this.heard, end);
    this.heard = Math.max(this.heard, end);
    return fresh.split("\n").slice(0, -1);
  }

  /** Reads again, for so many parts more. */
  read(parts = Infinity): void {
    this.port.partsUntilBlocked = parts;
    this.port.blocked = false;
    this.session.drained();
  }

  get isGone(): boolean {
    return this.port.endings.includes("destroy");
  }
}

/** Where sessions meet. */
export class Parlour {
  readonly clock = new FakeClock();
  readonly lobby: Lobby;
  private peers = 0;

  constructor(limits: Partial<Limits> = {}) {
    const all = { ...defaultLimits, ...limits };
    this.lobby = new Lobby({
      engine: new LocalEngine<Owner>({ limits: all, clock: this.clock, seed }),
      authority: open,
      features: { dump: true, registry: true },
      limits: all,
      logger: silent,
      clock: this.clock,
    });
  }

  /** `local`: over the unix socket, as an administrator. */
  join(options: { local?: boolean } = {}): Peer {
    const { local = false } = options;
    return new Peer(this.lobby, { address: `1.2.3.4:${++this.peers}`, local });
  }
}
