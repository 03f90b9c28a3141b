/** Tables whose locks are listed: people with addresses and names, and what they hold. */
import { orderSteps } from "../../src/core/order/name-order.ts";
import type { Keyed, Mode } from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import { Snapshot } from "../../src/core/snapshot.ts";
import type { Order } from "../../src/core/order/sort.ts";
import { LockTable } from "../../src/core/table.ts";
import { defaultLimits } from "../../src/limits.ts";
import type { Identity, Pages } from "../../src/protocol/listing.ts";
import { Output } from "../../src/protocol/output.ts";
import { named } from "../core/named.ts";

export const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A table of people who are known by address and name. */
export class Listed {
  readonly table = new LockTable<Identity>({ limits: defaultLimits, wallMilliseconds: now });

  /** Without a name of its own it is called by its address. */
  arrive(address: string, label = address): SessionId {
    return this.table.sessions.open({ address, label });
  }

  /** `lock` is text in which a character is a byte. */
  hold(
    session: SessionId,
    lock: string,
    mode: Mode = "exclusive",
    keyed: Keyed | null = null,
  ): void {
    const outcome = this.ask(session, lock, { mode, keyed, patience: null });
    if (outcome <= 0) throw new Error(`${lock} was refused: ${outcome}`);
  }

  wait(session: SessionId, lock: string, mode: Mode = "exclusive"): void {
    const patience = { milliseconds: Infinity, blocking: false, wait: null, decided() {} };
    this.ask(session, lock, { mode, keyed: null, patience });
  }

  snapshot(mode: Mode): Snapshot<Identity> {
    const snapshot = new Snapshot<Identity>(this.table.space(mode));
    while (snapshot.step(100));
    const steps = orderSteps(snapshot.names, 1_000_000);
    const { value } = steps.next();
    snapshot.order = value as Order;
    return snapshot;
  }

  private ask(
    session: SessionId,
    lock: string,
    terms: { mode: Mode } & Pick<Parameters<LockTable["acquire"]>[3], "keyed" | "patience">,
  ): number {
    const { mode, keyed, patience } = terms;
    const name = named(Buffer.from(lock, "latin1"));
    return this.table.acquire(this.table.space(mode), session, name, { keyed, limit: 0, patience });
  }
}

/** What pages put out, each asked for so many lines; text a character a byte. */
export function readPages(pages: Pages, linesMax: number): string[] {
  const out = new Output();
  const texts: string[] = [];
  for (;;) {
    const more = pages.next(out, linesMax);
    texts.push(Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1"));
    out.clear();
    if (!more) return texts;
  }
}
