/**
 * Everything that happens by itself at some time, in one binary heap, so that one timer
 * serves a million leases and waits.
 *
 * Invariant: an entry's `position` is its place in the heap, or -1 when it is in none;
 * no entry is later than its children.
 */

/** Something that is due once; `at` in monotonic milliseconds. */
export interface Timed {
  at: number;
  position: number;
}

/** A min-heap of entries by `at`; all steps cost O(log n). */
export class Deadlines<Entry extends Timed> {
  private readonly heap: Entry[] = [];

  /** When the earliest entry is due; `Infinity` when there is none. */
  get next(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  get size(): number {
    return this.heap.length;
  }

  /** Adds the entry, or moves it to its new time. An `Infinity` never comes and is not kept. */
  schedule(entry: Entry, at: number): void {
    this.cancel(entry);
    entry.at = at;
    if (at === Infinity) return;
    entry.position = this.heap.length;
    this.heap.push(entry);
    this.rise(entry);
  }

  cancel(entry: Entry): void {
    const { position } = entry;
    if (position === -1) return;
    entry.position = -1;
    const last = this.heap.pop()!;
    if (last === entry) return;
    last.position = position;
    this.heap[position] = last;
    this.rise(last);
    this.sink(last);
  }

  /** Takes out the earliest entry if it is due. */
  takeDue(now: number): Entry | undefined {
    const first = this.heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.cancel(first);
    return first;
  }

  private rise(entry: Entry): void {
    const { heap } = this;
    let at = entry.position;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above]!;
      if (parent.at <= entry.at) break;
      heap[at] = parent;
      parent.position = at;
      at = above;
    }
    heap[at] = entry;
    entry.position = at;
  }

  private sink(entry: Entry): void {
    const { heap } = this;
    let at = entry.position;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below++;
      const child = heap[below]!;
      if (child.at >= entry.at) break;
      heap[at] = child;
      child.position = at;
      at = below;
    }
    heap[at] = entry;
    entry.position = at;
  }
}
