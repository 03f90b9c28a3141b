/**
 * The one table of `/v1` and what stands beside it: requests are dispatched by it, and the
 * OpenAPI document is made from it. A status that is not listed is never answered.
 */
import type { GenericSchema } from "valibot";
import { expectLocker, expectReader } from "../credentials.ts";
import { streamEvents } from "../events/stream.ts";
import type { Exchange } from "../exchange.ts";
import { exposition } from "../metrics/exposition.ts";
import { parametersOf } from "../members.ts";
import type { HttpService } from "../service.ts";
import { lockNameBytes } from "../text.ts";
import { acquire } from "./acquire.ts";
import { dropClient, listClients } from "./clients.ts";
import { free, release, renew } from "./holds.ts";
import { listLocks, showLock } from "./listing.ts";
import { queryOf } from "./query.ts";
import { LockRequest } from "./request.ts";
import type { Answer, Route } from "./route.ts";
import {
  ClientPage,
  ClientsQuery,
  Conflict,
  Freed,
  Health,
  Hold,
  LockPage,
  LocksQuery,
  LockWithQueue,
  ModeQuery,
  NoQuery,
  ProblemDetails,
  Stats,
} from "./schemas.ts";
import { health, readiness, stats } from "./stats.ts";

const problem = (description: string, schema: GenericSchema = ProblemDetails): Answer => ({
  description,
  schema,
  type: "application/problem+json",
});

const badRequest = problem("Something in it is wrong, or unknown; it says what.");
const unauthorized = problem("Credentials are configured, and these are none of them.");
const forbidden = problem("This credential, or this web page, may not do that.");
const tooSlow = problem("The body was not there in 30 s.");
const tooLarge = problem("The body is longer than 64 KiB.");
const unavailable = problem(
  "A limit is reached, the server is shutting down, or its store cannot be written.",
);
const notHeld = problem("That hold is gone.");

const reading = { 400: badRequest, 401: unauthorized, 403: forbidden };
const changing = { ...reading, 408: tooSlow, 413: tooLarge, 503: unavailable };
/** Whoever changes something without a body. */
const administering = { 400: badRequest, 401: unauthorized, 403: forbidden };

export const routes: readonly Route[] = [
  {
    method: "POST",
    template: "/v1/locks/{name}",
    summary: "Acquire a lock, waiting in line for it if asked to.",
    role: "lock",
    body: "Acquire",
    headers: [
      {
        name: "Idempotency-Key",
        description: "Makes it safe to send the same request again when its answer was lost.",
      },
    ],
    answers: {
      201: { description: "It is yours.", schema: Hold },
      ...changing,
      408: problem("The time to wait is over, or the body was not there in 30 s."),
      409: problem("It is held, and there was no time to wait.", Conflict),
      410: problem("What this Idempotency-Key has taken is released or has lapsed."),
      422: problem("This Idempotency-Key came with something else before."),
    },
    run: locking(acquire),
  },
  {
    method: "PATCH",
    template: "/v1/locks/{name}",
    summary: "Renew a hold: its TTL counts from now.",
    role: "lock",
    body: "Renew",
    answers: { 200: { description: "Renewed.", schema: Hold }, ...changing, 404: notHeld },
    run: locking(renew),
  },
  {
    method: "DELETE",
    template: "/v1/locks/{name}",
    summary: "Release a hold, however often it was taken.",
    role: "lock",
    body: "Release",
    answers: { 204: { description: "Released." }, ...changing, 404: notHeld },
    run: locking(release),
  },
  {
    method: "GET",
    template: "/v1/locks",
    summary: "List locks: exclusive ones, then shared ones, each sorted by their names' bytes.",
    role: "read",
    query: LocksQuery,
    answers: { 200: { description: "A page.", schema: LockPage }, ...reading },
    run: listLocks,
  },
  {
    method: "GET",
    template: "/v1/locks/{name}",
    summary: "Show a lock, with those who stand in line for it.",
    role: "read",
    query: ModeQuery,
    answers: {
      200: { description: "It is held.", schema: LockWithQueue },
      ...reading,
      404: problem("Nobody holds it."),
    },
    run: (service, exchange, encoded) => showLock(service, requestFor(service, exchange, encoded)),
  },
  {
    method: "POST",
    template: "/v1/locks/{name}/free",
    summary: "Take a lock from whoever holds it.",
    role: "admin",
    query: ModeQuery,
    answers: {
      200: { description: "From so many holders.", schema: Freed },
      ...administering,
      503: unavailable,
    },
    run: (service, exchange, encoded) => free(service, requestFor(service, exchange, encoded)),
  },
  {
    method: "GET",
    template: "/v1/clients",
    summary: "List connections, and requests that take their time.",
    role: "read",
    query: ClientsQuery,
    answers: { 200: { description: "A page.", schema: ClientPage }, ...reading },
    run: listClients,
  },
  {
    method: "DELETE",
    template: "/v1/clients/{id}",
    summary: "End a connection, and with it what it holds.",
    role: "admin",
    query: NoQuery,
    answers: {
      204: { description: "Ended." },
      ...administering,
      404: problem("Nobody here has that id."),
    },
    run: dropClient,
  },
  {
    method: "GET",
    template: "/v1/stats",
    summary: "Counters, and which server this is.",
    role: "read",
    query: NoQuery,
    answers: { 200: { description: "Now.", schema: Stats }, ...reading },
    run: stats,
  },
  {
    method: "GET",
    template: "/v1/events",
    summary: "What happens, as it happens, as server-sent events.",
    role: "read",
    query: NoQuery,
    headers: [{ name: "Last-Event-ID", description: "Go on behind this event." }],
    answers: {
      200: {
        description:
          "granted, released, orphaned, expired, freed, waiting, cancelled: each with lock, mode, client, name, fence and time. missed: there is a gap here.",
        type: "text/event-stream",
      },
      ...reading,
      503: unavailable,
    },
    run: streamEvents,
  },
  {
    method: "GET",
    template: "/v1/openapi.json",
    summary: "This document.",
    role: null,
    query: NoQuery,
    answers: {
      200: { description: "OpenAPI 3.1.", type: "application/json" },
      400: badRequest,
      403: forbidden,
    },
    run: async (service, exchange) => {
      parametersOf(NoQuery, queryOf(exchange));
      const { openApi } = await import("./openapi.ts");
      return openApi(service, routes);
    },
  },
  {
    method: "GET",
    template: "/metrics",
    summary: "Metrics for Prometheus.",
    role: "read",
    answers: {
      200: { description: "Metrics.", type: "text/plain" },
      401: unauthorized,
      403: forbidden,
    },
    run: async (service, exchange) => {
      if (!service.settings.metricsOpen) expectReader(service.authority, exchange);
      service.exposition ??= exposition(service);
      const { type, text } = await service.exposition;
      return new Response(await text(), { headers: { "Content-Type": type } });
    },
  },
  {
    method: "GET",
    template: "/healthz",
    summary: "Whether the server lives.",
    role: null,
    answers: { 200: { description: "It does.", schema: Health }, 403: forbidden },
    run: health,
  },
  {
    method: "GET",
    template: "/readyz",
    summary: "Whether it is ready to serve.",
    role: null,
    answers: {
      200: { description: "It is.", schema: Health },
      403: forbidden,
      503: unavailable,
    },
    run: readiness,
  },
];

function requestFor(service: HttpService, exchange: Exchange, encoded: string): LockRequest {
  const name = lockNameBytes(encoded, service.operations.lobby.limits.nameBytesMax);
  return new LockRequest(service, exchange, name);
}

/** For whoever may lock that name. */
function locking(run: (service: HttpService, request: LockRequest) => Promise<Response>) {
  return (service: HttpService, exchange: Exchange, encoded: string): Promise<Response> => {
    const request = requestFor(service, exchange, encoded);
    expectLocker(service.authority, exchange, request.name);
    parametersOf(NoQuery, queryOf(exchange));
    return run(service, request);
  };
}
