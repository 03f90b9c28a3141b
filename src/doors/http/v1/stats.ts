/** How the server is: its counters, and whether it lives and serves. */
import { expectReader } from "../credentials.ts";
import type { Exchange } from "../exchange.ts";
import { parametersOf } from "../members.ts";
import { unavailable } from "../problem.ts";
import { expectServing, type HttpService } from "../service.ts";
import { jsonResponse } from "./answers.ts";
import { queryOf } from "./query.ts";
import { NoQuery } from "./schemas.ts";

/** `GET /v1/stats`: the counters of the line protocol's `q`, and which server this is. */
export function stats(service: HttpService, exchange: Exchange): Response {
  expectReader(service.authority, exchange);
  parametersOf(NoQuery, queryOf(exchange));
  const { lobby } = service.operations;
  const { startedWallMilliseconds: started } = lobby;
  return jsonResponse(200, {
    ...service.settings.about,
    started: new Date(started).toISOString(),
    uptime: Math.max(0, lobby.clock.wallMs() - started) / 1000,
    counters: Object.fromEntries(lobby.statistics()),
  });
}

/** `GET /healthz`: whoever can answer lives. */
export function health(): Response {
  return jsonResponse(200, { status: "ok" });
}

/** `GET /readyz`: whether it makes sense to send requests here. @throws Problem */
export function readiness(service: HttpService): Response {
  expectServing(service);
  const failure = service.operations.lobby.engine.keeping?.failure ?? null;
  if (failure !== null) throw unavailable(failure);
  return jsonResponse(200, { status: "ready" });
}
