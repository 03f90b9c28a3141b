/** HTTP requests by route, method and status: all of them are of small fixed sets. */

export interface RequestCount {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  count: number;
}

const methods = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export class RequestCounts {
  private readonly counts = new Map<string, RequestCount>();

  /** `route` is a template, never what a client wrote. */
  add(route: string, method: string, status: number): void {
    const known = methods.has(method) ? method : "other";
    const key = `${known} ${route} ${status}`;
    const found = this.counts.get(key);
    if (found === undefined) this.counts.set(key, { route, method: known, status, count: 1 });
    else found.count++;
  }

  all(): Iterable<RequestCount> {
    return this.counts.values();
  }
}
