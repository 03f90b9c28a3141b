/**
 * Bytes that go from one socket to another, as fast as the other takes them.
 *
 * Invariant: bytes arrive in the order in which they came, and all of them before the end;
 * while some are kept the source is not read, so that what is kept stays small and
 * whoever sends notices.
 */

/** The part of a Bun socket that a flow reads from. */
export interface Source {
  pause(): unknown;
  resume(): unknown;
}

/** The part that it writes to. */
export interface Sink {
  /** How many bytes were taken; -1 when it is closed. */
  write(bytes: Uint8Array, offset?: number, length?: number): number;
}

/** One direction. */
export class Flow {
  private readonly source: Source;
  private sink: Sink | null = null;
  /** Called once, when the source has ended and everything was taken. */
  private readonly finished: () => void;
  private readonly kept: Uint8Array[] = [];
  private ending = false;
  private over = false;

  constructor(source: Source, finished: () => void) {
    this.source = source;
    this.finished = finished;
  }

  /** From now on there is somewhere to go. */
  open(sink: Sink): void {
    this.sink = sink;
    this.drain();
  }

  carry(bytes: Uint8Array): void {
    if (this.over) return;
    if (this.sink === null || this.kept.length !== 0) return this.keep(bytes);
    const taken = this.sink.write(bytes, 0, bytes.length);
    if (taken >= 0 && taken < bytes.length) this.keep(bytes.subarray(taken));
  }

  /** The sink takes bytes again. */
  drain(): void {
    if (this.sink === null || this.over) return;
    const wasKept = this.kept.length !== 0;
    for (let first = this.kept[0]; first !== undefined; first = this.kept[0]) {
      const taken = this.sink.write(first, 0, first.length);
      if (taken < 0) return;
      if (taken < first.length) {
        this.kept[0] = first.subarray(taken);
        return;
      }
      this.kept.shift();
    }
    if (wasKept) this.source.resume();
    if (this.ending) this.finish();
  }

  /** The source has ended. */
  end(): void {
    this.ending = true;
    if (this.sink !== null && this.kept.length === 0) this.finish();
  }

  /** The sink is gone: what still comes goes nowhere. */
  discard(): void {
    if (this.over) return;
    this.over = true;
    this.kept.length = 0;
    this.source.resume();
  }

  private keep(bytes: Uint8Array): void {
    if (this.kept.length === 0) this.source.pause();
    this.kept.push(bytes);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.finished();
  }
}
