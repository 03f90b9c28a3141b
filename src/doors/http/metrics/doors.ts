/** Metrics of the doors: who is here, what was asked, and which limits were met. */
import { Refusal } from "../../../core/request.ts";
import type { HttpService } from "../service.ts";
import type { Metrics } from "./metrics.ts";

export function describeDoors(metrics: Metrics, service: HttpService): void {
  const { journal, requestCounts } = service;
  const { lobby } = service.operations;
  const { engine, limitHits } = lobby;
  const refused = (outcome: number): number =>
    engine.tally("exclusive").refused(outcome) + engine.tally("shared").refused(outcome);
  metrics.gauge(
    "glockd_connections",
    "Connections, and HTTP requests that take their time.",
    [],
    () => [[{}, lobby.sessions.size]],
  );
  metrics.gauge("glockd_connections_max", "How many of them there may be.", [], () => [
    [{}, lobby.limits.connectionsMax],
  ]);
  metrics.counter("glockd_commands_total", "Commands of the line protocol.", ["command"], () =>
    lobby
      .statistics()
      .filter(([key]) => key.startsWith("command_"))
      .map(([key, value]) => [{ command: key.slice("command_".length) }, value] as const),
  );
  metrics.counter("glockd_invalid_commands_total", "Lines that were no command.", [], () => [
    [{}, lobby.invalidCommands],
  ]);
  metrics.counter("glockd_dropped_connections_total", "Connections that we ended.", [], () => [
    [{}, lobby.dropped],
  ]);
  metrics.counter(
    "glockd_http_requests_total",
    "HTTP requests that were answered.",
    ["route", "method", "status"],
    () =>
      [...requestCounts.all()].map(
        ({ route, method, status, count }) => [{ route, method, status }, count] as const,
      ),
  );
  const audited = (): { written: number; dropped: number } =>
    lobby.auditing?.counts() ?? { written: 0, dropped: 0 };
  metrics.counter(
    "glockd_audit_lines_total",
    "Lines of the audit log that were written.",
    [],
    () => [[{}, audited().written]],
  );
  metrics.counter(
    "glockd_audit_dropped_total",
    "Lines of the audit log that it had no room for.",
    [],
    () => [[{}, audited().dropped]],
  );
  metrics.gauge("glockd_event_readers", "Readers of /v1/events.", [], () => [
    [{}, journal.readerCount],
  ]);
  metrics.counter("glockd_limits_hit_total", "Requests that met a limit.", ["limit"], () => {
    return [
      ...Object.entries(limitHits).map(([limit, hits]) => [{ limit }, hits as number] as const),
      [{ limit: "locks" }, refused(Refusal.locksLimit)] as const,
      [{ limit: "lock_waiters" }, refused(Refusal.lockWaitersLimit)] as const,
      [{ limit: "waiters" }, refused(Refusal.waitersLimit)] as const,
    ];
  });
}
