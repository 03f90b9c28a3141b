/**
 * What many processes say about the locks that they held, put together and judged. Each
 * saw only its own side; what is certain from outside is enough to tell a server that
 * lets two hold at a time, goes back with its fences, or lets somebody pass in line.
 */

/** Something was granted. Times in microseconds on one clock for all. */
export interface Claimed {
  /** A name of its own. */
  readonly claim: string;
  readonly lock: string;
  /** Claims of one group may overlap; `""` shares with nobody. */
  readonly group: string;
  /** A place at a semaphore: `fence` is how many held it. */
  readonly shared: boolean;
  readonly fence: number;
  /** Before the request left; */
  readonly sent: number;
  /** when it certainly stood in line, if that is known; */
  readonly queued: number | null;
  /** after the grant came. */
  readonly from: number;
}

/** It was held until then, for certain. */
export interface Over {
  readonly claim: string;
  readonly to: number;
}

/** A claim with its certain end; one whose process was killed ends where it began. */
export interface Claim extends Claimed {
  readonly to: number;
}

/** Claims in the order of their fences, places at semaphores last. */
export function claimsOf(lines: readonly string[]): Claim[] {
  const events = lines.map((line) => JSON.parse(line) as Claimed | Over);
  const ends = new Map(events.flatMap((event) => ("to" in event ? [[event.claim, event.to]] : [])));
  return events
    .flatMap((event) => ("to" in event ? [] : [event]))
    .map((claimed) => ({ ...claimed, to: ends.get(claimed.claim) ?? claimed.from }))
    .sort((a, b) => Number(a.shared) - Number(b.shared) || a.fence - b.fence);
}

/** Claims of one lock that overlap though they may not. In the order of their fences. */
export function overlaps(claims: readonly Claim[]): string[] {
  const found: string[] = [];
  const last = new Map<string, Claim[]>();
  for (const claim of claims.filter(({ shared }) => !shared)) {
    const before = last.get(claim.lock) ?? [];
    for (const other of before) {
      if ((other.group !== claim.group || claim.group === "") && other.to >= claim.from) {
        found.push(`${name(other)} and ${name(claim)}`);
      }
    }
    // Of each group the one that lasts longest is enough.
    const rival = before.find(({ group }) => group === claim.group);
    const longest = rival !== undefined && rival.to > claim.to ? rival : claim;
    last.set(claim.lock, [...before.filter((other) => other !== rival), longest]);
  }
  return found;
}

/** Fences that were given twice, or to a later claim though they are smaller. */
export function fencesOutOfOrder(claims: readonly Claim[]): string[] {
  const exclusive = claims.filter(({ shared }) => !shared);
  const twice = exclusive.filter(({ fence }, at) => exclusive[at - 1]?.fence === fence);
  const ended = exclusive.toSorted((a, b) => a.from - b.from);
  let at = 0;
  let largest: Claim | undefined;
  const backwards = exclusive
    .toSorted((a, b) => a.sent - b.sent)
    .flatMap((claim) => {
      for (; at < ended.length && ended[at]!.from < claim.sent; at++) {
        if (largest === undefined || ended[at]!.fence > largest.fence) largest = ended[at]!;
      }
      return largest !== undefined && largest.fence > claim.fence
        ? [`${name(largest)} before ${name(claim)}`]
        : [];
    });
  return [...twice.map((claim) => `${name(claim)} twice`), ...backwards];
}

/** Claims that came after another had stood in line for the lock, and were granted before it. */
export function overtakings(claims: readonly Claim[]): string[] {
  const found: string[] = [];
  for (const lock of new Set(claims.map((claim) => claim.lock))) {
    const own = claims.filter((claim) => claim.lock === lock && !claim.shared);
    const inLine = own
      .filter(({ queued }) => queued !== null)
      .sort((a, b) => a.queued! - b.queued!);
    let at = 0;
    let largest: Claim | undefined;
    for (const claim of own.toSorted((a, b) => a.sent - b.sent)) {
      for (; at < inLine.length && inLine[at]!.queued! < claim.sent; at++) {
        if (largest === undefined || inLine[at]!.fence > largest.fence) largest = inLine[at]!;
      }
      if (largest !== undefined && largest.fence > claim.fence) {
        found.push(`${name(claim)} before ${name(largest)}`);
      }
    }
  }
  return found;
}

/** The largest number of places at a semaphore that were certainly taken at a time. */
export function placesTaken(claims: readonly Claim[], semaphore: string): number {
  const steps = claims
    .filter(({ lock, shared }) => shared && lock === semaphore)
    .flatMap(({ from, to }) => [
      { at: from, change: 1 },
      { at: to, change: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change);
  let taken = 0;
  return steps.reduce((most, { change }) => Math.max(most, (taken += change)), 0);
}

function name({ claim, lock, group, fence }: Claim): string {
  return `${claim} (${lock} ${group} ${fence})`;
}
