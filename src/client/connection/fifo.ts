/** First in, first out: an array whose front moves, so that taking one is not moving all. */

export class Fifo<T> {
  private items: (T | undefined)[] = [];
  private front = 0;

  push(item: T): void {
    this.items.push(item);
  }

  /** The oldest; undefined when there is none. */
  shift(): T | undefined {
    const { items, front } = this;
    const item = items[front];
    items[front] = undefined;
    this.front = front + 1;
    if (this.front < items.length) {
      if (this.front < wasteMax || this.front * 2 < items.length) return item;
      this.items = items.slice(this.front);
    } else {
      items.length = 0;
    }
    this.front = 0;
    return item;
  }

  /** All that are left, which then are there no longer. */
  drain(): T[] {
    const left = this.items.slice(this.front) as T[];
    this.items = [];
    this.front = 0;
    return left;
  }
}

/** Empty places at the front are kept up to here. */
const wasteMax = 1_024;
