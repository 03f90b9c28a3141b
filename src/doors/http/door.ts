/**
 * HTTP: takes a request to whatever answers it, and says in its dialect what is wrong.
 *
 * Invariant: a client's mistake is answered with 4xx and has changed nothing; what is
 * neither answered nor a `Problem` is a bug of ours and ends the server.
 */
import { refuseLarge, readObject } from "./body.ts";
import { allowingHeaders, checkBrowser } from "./browsers.ts";
import { credentialOf } from "./credentials.ts";
import { problemAnswer } from "./dialects/answers.ts";
import { keyedList, keyedLock } from "./dialects/keyed.ts";
import { plainLock } from "./dialects/plain.ts";
import type { Exchange } from "./exchange.ts";
import { Problem, type ProblemCode, problemResponse } from "./problem.ts";
import type { HttpService } from "./service.ts";
import { greeting } from "./greeting.ts";
import { dispatch } from "./v1/dispatch.ts";
import { HungUp } from "./waiting.ts";

const lockPath = "/lock/";

/** What the audit log is told of: for who asked, not for what they asked. */
const denials: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "unauthorized",
  "forbidden",
  "origin_refused",
  "host_refused",
]);

export class HttpDoor {
  private readonly service: HttpService;

  constructor(service: HttpService) {
    this.service = service;
  }

  handle(exchange: Exchange): Response | Promise<Response> {
    try {
      checkBrowser(exchange.request, this.service.settings.browsers, changes(exchange));
      const answer = this.service.authority.required
        ? this.identified(exchange)
        : this.answer(exchange);
      if (answer instanceof Response) return this.finish(exchange, answer);
      return answer.then(
        (response) => this.finish(exchange, response),
        (error: unknown) => this.fail(exchange, error),
      );
    } catch (error) {
      return this.fail(exchange, error);
    }
  }

  /** Why a WebSocket may not be had; `null` when it may. */
  refuseUpgrade(exchange: Exchange): Response | null {
    try {
      checkBrowser(exchange.request, this.service.settings.browsers, true);
      return null;
    } catch (error) {
      return this.fail(exchange, error);
    }
  }

  /** It asked for a WebSocket, but not as one does. */
  refuseHandshake(exchange: Exchange): Response {
    const header = "Sec-WebSocket-Key";
    const message = `this is no handshake of a WebSocket: see the header ${header}`;
    return this.fail(
      exchange,
      new Problem(400, "invalid_header", message, { members: { header } }),
    );
  }

  /** Out of reach of whoever called, and before anybody else is served. */
  crash(error: unknown): Response {
    queueMicrotask(() => {
      throw error;
    });
    return new Response(null, { status: 500 });
  }

  private async identified(exchange: Exchange): Promise<Response> {
    exchange.credential = await credentialOf(this.service.authority, exchange);
    return await this.answer(exchange);
  }

  private answer(exchange: Exchange): Response | Promise<Response> {
    const { path, method } = exchange;
    if (method === "OPTIONS") return this.preflight(exchange);
    if (path.startsWith(lockPath)) return this.lock(exchange, path.slice(lockPath.length));
    if (path === "/locks") {
      exchange.route = path;
      if (method !== "GET") throw methodNotAllowed("GET");
      return keyedList(this.service, exchange);
    }
    if (path === "/") {
      exchange.route = path;
      if (method !== "GET") throw methodNotAllowed("GET");
      return new Response(greeting);
    }
    return dispatch(this.service, exchange);
  }

  private record(exchange: Exchange, { message: reason }: Problem): void {
    const { address: client, credential, method, route, lock } = exchange;
    this.service.operations.lobby.auditing?.denied({
      client,
      credential: credential?.name ?? null,
      command: `${method} ${route}`,
      lock: lock ?? undefined,
      reason,
    });
  }

  /** Both dialects have the same path: a body tells them apart. */
  private lock(exchange: Exchange, encoded: string): Response | Promise<Response> {
    const { method, request } = exchange;
    exchange.route = "/lock/{name}";
    if (method === "GET") return plainLock(this.service, exchange, encoded);
    if (request.body !== null) refuseLarge(request);
    if (method === "POST") return plainLock(this.service, exchange, encoded);
    if (method === "PUT") return this.keyed(exchange, encoded);
    if (method !== "DELETE") throw methodNotAllowed("GET, POST, PUT, DELETE");
    return request.body === null
      ? plainLock(this.service, exchange, encoded)
      : this.keyed(exchange, encoded);
  }

  private async keyed(exchange: Exchange, encoded: string): Promise<Response> {
    const body = await readObject(exchange.request, this.service.operations.lobby.clock);
    // Nothing is done for somebody who has gone while the body came in.
    if (exchange.request.signal.aborted) throw new HungUp();
    if (body === null && exchange.method === "DELETE") {
      return plainLock(this.service, exchange, encoded);
    }
    return await keyedLock(this.service, exchange, encoded, body);
  }

  /** What a browser asks first, on behalf of a page of another origin. */
  private preflight({ request }: Exchange): Response {
    const allowing = allowingHeaders(request, this.service.settings.browsers);
    if (Object.keys(allowing).length === 0) throw methodNotAllowed("GET");
    return new Response(null, {
      status: 204,
      headers: {
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers":
          "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
        "Access-Control-Max-Age": "600",
      },
    });
  }

  private finish(exchange: Exchange, response: Response): Response {
    const { route, method, request } = exchange;
    this.service.requestCounts.add(route, method, response.status);
    const { browsers } = this.service.settings;
    if (browsers.allowedOrigins.size !== 0) {
      for (const [name, value] of Object.entries(allowingHeaders(request, browsers))) {
        response.headers.set(name, value);
      }
    }
    return response;
  }

  private fail(exchange: Exchange, error: unknown): Response {
    if (error instanceof Problem) {
      if (denials.has(error.code)) this.record(exchange, error);
      const dialect = /^\/locks?(\/|$)/.test(exchange.path);
      return this.finish(exchange, dialect ? problemAnswer(error) : problemResponse(error));
    }
    // Nobody will read it; the status is for the metrics.
    if (error instanceof HungUp) return this.finish(exchange, new Response(null, { status: 499 }));
    return this.crash(error);
  }
}

function changes({ method }: Exchange): boolean {
  return method !== "GET" && method !== "OPTIONS";
}

function methodNotAllowed(allowed: string): Problem {
  return new Problem(405, "method_not_allowed", `this address knows ${allowed} only`, {
    headers: { Allow: allowed },
  });
}
