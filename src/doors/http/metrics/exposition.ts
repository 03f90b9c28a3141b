/**
 * `GET /metrics`, for Prometheus. Everything is read from counters that are kept anyway,
 * at the moment when somebody asks. No label holds what a client wrote.
 */
import type { HttpService } from "../service.ts";
import { describeDoors } from "./doors.ts";
import { type Exposition, Metrics } from "./metrics.ts";
import { describeServer } from "./server.ts";
import { describeTable } from "./table.ts";

/** Loaded when it is first asked for: the library is not needed to serve locks. */
export async function exposition(service: HttpService): Promise<Exposition> {
  const library = await import("prom-client");
  const registry = new library.Registry();
  const metrics = new Metrics(registry, library);
  describeServer(metrics, service);
  describeTable(metrics, service);
  describeDoors(metrics, service);
  return { type: registry.contentType, text: () => registry.metrics() };
}
