/**
 * A merge sort that can stop after any number of comparisons and go on later, so that a
 * million names are put in order while others are served.
 */

/**
 * Sorts the numbers 0 to `count` - 1 by `compare`, stably. Yields about every
 * `comparisonsPerStep` comparisons, or numbers that are written down before the first: memory
 * that is touched for the first time is dear. Returns the order.
 */
export function* sortSteps(
  count: number,
  compare: (a: number, b: number) => number,
  comparisonsPerStep: number,
): Generator<void, Int32Array> {
  let from = new Int32Array(count);
  let to = new Int32Array(count);
  let comparisons = 0;
  for (let i = 0; i < count; i++) {
    from[i] = i;
    if (++comparisons >= comparisonsPerStep) {
      comparisons = 0;
      yield;
    }
  }
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        const takeLeft = left < middle && (right >= end || compare(from[left]!, from[right]!) <= 0);
        to[at] = takeLeft ? from[left++]! : from[right++]!;
        if (++comparisons >= comparisonsPerStep) {
          comparisons = 0;
          yield;
        }
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
