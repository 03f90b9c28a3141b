/** Metrics of the process: which server it is, and what it uses. */
import type { HttpService } from "../service.ts";
import type { Metrics } from "./metrics.ts";

export function describeServer(metrics: Metrics, { settings, operations }: HttpService): void {
  const { version, commit, engine } = settings.about;
  metrics.gauge(
    "glockd_build_info",
    "Which glockd this is; the value is 1.",
    ["version", "commit", "engine", "bun"],
    () => [[{ version, commit, engine, bun: Bun.version }, 1]],
  );
  metrics.gauge(
    "process_start_time_seconds",
    "When the server started, in seconds since 1970.",
    [],
    () => [[{}, operations.lobby.startedWallMilliseconds / 1000]],
  );
  metrics.counter("process_cpu_seconds_total", "Processor time used.", [], () => {
    const { user, system } = process.cpuUsage();
    return [[{}, (user + system) / 1e6]];
  });
  metrics.gauge("process_resident_memory_bytes", "Memory occupied.", [], () => [
    [{}, process.memoryUsage.rss()],
  ]);
  metrics.gauge(
    "glockd_event_loop_lag_seconds",
    "How long a turn of the event loop was waited for when this was asked.",
    [],
    async () => [[{}, await lagSeconds()]],
  );
}

function lagSeconds(): Promise<number> {
  const start = performance.now();
  return new Promise((resolve) => {
    setImmediate(() => resolve((performance.now() - start) / 1000));
  });
}
