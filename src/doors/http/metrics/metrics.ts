/** Metrics whose values are read when Prometheus asks for them, and never before. */
import type { Counter, Gauge, Metric, Registry } from "prom-client";
import type { Mode } from "../../../core/request.ts";
import { type Durations, durationBuckets } from "../../../core/tally.ts";

export const modes: readonly Mode[] = ["exclusive", "shared"];

/** What Prometheus reads, and its content type. */
export interface Exposition {
  readonly type: string;
  text(): Promise<string>;
}

/** Label values and a number each. */
export type Values = Iterable<readonly [labels: Record<string, string | number>, value: number]>;

/** What is in one registry of the library. */
export class Metrics {
  private readonly registry: Registry;
  private readonly library: typeof import("prom-client");

  constructor(registry: Registry, library: typeof import("prom-client")) {
    this.registry = registry;
    this.library = library;
  }

  counter(name: string, help: string, labelNames: string[], values: () => Values): void {
    const options = {
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect(this: Counter) {
        this.reset();
        for (const [labels, value] of values()) this.inc(labels, value);
      },
    };
    void new this.library.Counter(options);
  }

  gauge(
    name: string,
    help: string,
    labelNames: string[],
    values: () => Values | Promise<Values>,
  ): void {
    const options = {
      name,
      help,
      labelNames,
      registers: [this.registry],
      async collect(this: Gauge) {
        const now = await values();
        this.reset();
        for (const [labels, value] of now) this.set(labels, value);
      },
    };
    void new this.library.Gauge(options);
  }

  /** The library counts one observation at a time; ours are counted already. */
  histogram(name: string, help: string, durations: (mode: Mode) => Durations): void {
    const metric = {
      name,
      help,
      type: "histogram",
      get: () => ({
        name,
        help,
        type: "histogram",
        aggregator: "sum",
        values: modes.flatMap((mode) => histogramValues(name, mode, durations(mode))),
      }),
      reset: () => {},
    };
    this.registry.registerMetric(metric as unknown as Metric);
  }
}

function histogramValues(name: string, mode: Mode, durations: Durations): unknown[] {
  let count = 0;
  const values: unknown[] = [];
  durations.counts().forEach((added, bucket) => {
    count += added;
    const le = bucket === durationBuckets - 1 ? "+Inf" : String(2 ** bucket / 1000);
    values.push({ metricName: `${name}_bucket`, labels: { le, mode }, value: count });
  });
  const sum = durations.sumMilliseconds / 1000;
  values.push({ metricName: `${name}_sum`, labels: { mode }, value: sum });
  values.push({ metricName: `${name}_count`, labels: { mode }, value: count });
  return values;
}
