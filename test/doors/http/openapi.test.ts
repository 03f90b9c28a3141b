/**
 * The OpenAPI document against the server: every answer that it documents is seen here,
 * every answer that is seen is documented, and its body is what the document says.
 */
import { describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { LocalEngine } from "../../../src/engine/local.ts";
import { HttpDoor } from "../../../src/doors/http/door.ts";
import { Exchange } from "../../../src/doors/http/exchange.ts";
import { httpService } from "../../../src/doors/http/service.ts";
import { Lobby, type Owner } from "../../../src/doors/lobby.ts";
import { bodyBytesMax, defaultLimits, requestSeconds } from "../../../src/limits.ts";
import { silent } from "../../../src/log.ts";
import { FakeClock } from "../../clock.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { turn } from "../../wait-for.ts";
import { addressOf, admin, api, as, authorityOf, locker, reader } from "./api.ts";

interface Operation {
  readonly operationId: string;
  readonly "x-role"?: string;
  readonly requestBody?: unknown;
  readonly parameters: readonly { in: string; name: string; schema: object }[];
  readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object> };
}

/** Compares what is answered with what is documented. */
class Comparison {
  readonly document: Document;
  private readonly ajv = new Ajv2020({ strict: false, formats: { "date-time": true } });
  private readonly seen = new Set<string>();

  constructor(document: Document) {
    this.document = document;
    this.ajv.addSchema(document, "openapi");
  }

  /** Every operation with its method and path. */
  operations(): [method: string, template: string, operation: Operation][] {
    return Object.entries(this.document.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) =>
          [method.toUpperCase(), template, operation] as [string, string, Operation],
      ),
    );
  }

  async note(method: string, template: string, response: Response): Promise<void> {
    const what = `${method} ${template} ${response.status}`;
    const answer =
      this.document.paths[template]?.[method.toLowerCase()]?.responses[response.status];
    if (answer === undefined)
      throw new Error(`${what} is not documented: ${await response.text()}`);
    this.seen.add(what);
    const [[type, { schema }] = ["", {} as { schema?: object }]] = Object.entries(
      answer.content ?? {},
    );
    const said = response.headers.get("content-type")?.split(";")[0] ?? "";
    expect([what, said]).toEqual([what, type]);
    if (type === "text/event-stream") return await response.body?.cancel();
    const text = await response.text();
    if (!type.endsWith("json") || schema === undefined) return;
    const reference = (schema as { $ref?: string }).$ref;
    const valid = this.ajv.compile(
      reference === undefined ? schema : { $ref: `openapi${reference}` },
    );
    const fits = valid(JSON.parse(text));
    expect([what, text, fits, valid.errors]).toEqual([what, text, true, null]);
  }

  unseen(): string[] {
    const documented = this.operations().flatMap(([method, template, { responses }]) =>
      Object.keys(responses).map((status) => `${method} ${template} ${status}`),
    );
    return documented.filter((what) => !this.seen.has(what));
  }
}

const pathOf = (template: string): string =>
  template.replace("{name}", "foo").replace("{id}", "999");

async function documentOf(server: ServerHere): Promise<Document> {
  return (await api(server, "GET", "/v1/openapi.json")).body;
}

describe("The OpenAPI document", () => {
  test("is version 3.1, and every reference in it leads somewhere", async () => {
    await using server = await startHere();
    const document = await documentOf(server);
    expect(document.openapi).toBe("3.1.0");
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(references)).toEqual(
      new Set(Object.keys(document.components.schemas).filter((name) => name !== "Lock")),
    );
    const ids = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("tells bounds and defaults of requests as they are", async () => {
    await using server = await startHere({ limits: { keyBytesMax: 40 } });
    const { components } = await documentOf(server);
    expect(components.schemas["Acquire"]).toMatchObject({
      additionalProperties: false,
      properties: {
        mode: { enum: ["exclusive", "shared"], default: "exclusive" },
        key: { maxLength: 40 },
        ttl: { minimum: 0, maximum: 2_592_000, default: 60 },
        wait: { maximum: 3_600, default: 0 },
      },
    });
    expect(components.schemas["Release"]).toMatchObject({ required: ["key"] });
  });

  test("documents what the server answers, no more and no less", async () => {
    const authority = authorityOf(admin, locker, reader);
    await using server = await startHere({}, { authority });
    const comparison = new Comparison(await documentOf(server));
    const ask = async (
      method: string,
      template: string,
      { body, headers = as(admin), path = pathOf(template), on = server }: Wish = {},
    ): Promise<void> => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const request = { method, headers, ...(body === undefined ? {} : { body: text }) };
      await comparison.note(method, template, await fetch(addressOf(on, path), request));
    };
    for (const [method, template, operation] of comparison.operations()) {
      await askBadly(ask, { method, template, operation });
    }
    await askWell(ask);
    await askInTrouble(ask);
    await askAtTheLimit(ask);
    await askWithoutEnd(comparison);
    await askTooLate(comparison);
    expect(comparison.unseen()).toEqual([]);
  });
});

interface Wish {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly on?: ServerHere;
}

type Ask = (method: string, template: string, wish?: Wish) => Promise<void>;

const lock = "/v1/locks/{name}";

/** What goes wrong in the same way everywhere. */
async function askBadly(
  ask: Ask,
  { method, template, operation }: { method: string; template: string; operation: Operation },
): Promise<void> {
  const stranger = { Host: "rebound.example", "Sec-Fetch-Site": "cross-site" };
  await ask(method, template, { headers: { ...as(admin), ...stranger } });
  const body = operation.requestBody === undefined ? {} : { body: { key: "K", ttl: 1 } };
  if (operation["x-role"] !== undefined) await ask(method, template, { headers: {}, ...body });
  const hasQuery = operation.responses["400"] !== undefined;
  if (hasQuery) await ask(method, template, { path: `${pathOf(template)}?unknown=1`, ...body });
  if (operation.requestBody === undefined) return;
  await ask(method, template, { body: "{" });
  await ask(method, template, { body: `{${" ".repeat(bodyBytesMax)}}` });
}

async function askWell(ask: Ask): Promise<void> {
  await ask("POST", lock, { body: { key: "K" } });
  await ask("PATCH", lock, { body: { key: "K", ttl: 60 } });
  for (const path of ["/v1/locks", "/v1/locks?limit=1&prefix=f"]) {
    await ask("GET", "/v1/locks", { path });
  }
  await ask("GET", lock);
  await ask("DELETE", lock, { body: { key: "K" } });
  await ask("POST", `${lock}/free`);
  for (const template of ["/v1/clients", "/v1/stats", "/v1/openapi.json", "/metrics"]) {
    await ask("GET", template);
  }
  await ask("GET", "/v1/events");
  await ask("GET", "/healthz");
  await ask("GET", "/readyz");
}

async function askInTrouble(ask: Ask): Promise<void> {
  await ask("PATCH", lock, { body: { key: "K", ttl: 60 } });
  await ask("DELETE", lock, { body: { key: "K" } });
  await ask("GET", lock, { path: "/v1/locks/nobodys" });
  await ask("DELETE", "/v1/clients/{id}");
  await ask("POST", lock, {
    headers: { ...as(admin), "Idempotency-Key": "1" },
    body: { key: "K" },
  });
  await ask("POST", lock, {
    headers: { ...as(admin), "Idempotency-Key": "1" },
    body: { key: "L" },
  });
  await ask("POST", lock, { body: { key: "L" } });
  await ask("POST", lock, { body: { key: "L", wait: 0.001 } });
  await ask("DELETE", lock, { body: { key: "K" } });
  await ask("POST", lock, {
    headers: { ...as(admin), "Idempotency-Key": "1" },
    body: { key: "K" },
  });
  await ask("POST", lock, { headers: as(reader), body: {} });
  // A client to show, and to end.
  await ask("GET", "/v1/clients");
}

async function askAtTheLimit(ask: Ask): Promise<void> {
  await using full = await startHere({ limits: { locksMax: 1, connectionsMax: 1 } });
  const reading = new AbortController();
  await fetch(addressOf(full, "/v1/events"), { signal: reading.signal });
  await ask("GET", "/v1/events", { on: full });
  await ask("POST", lock, { on: full, path: "/v1/locks/first" });
  await ask("POST", lock, { on: full });
  await ask("GET", "/v1/clients", { on: full });
  reading.abort();
  await using administered = await startHere({}, { authority: authorityOf(admin) });
  const stay = new AbortController();
  await fetch(addressOf(administered, "/v1/events"), { headers: as(admin), signal: stay.signal });
  await ask("DELETE", "/v1/clients/{id}", { on: administered, path: "/v1/clients/1" });
  stay.abort();
}

/** A door by itself, without a listener. */
function doorOf(clock: FakeClock): { door: HttpDoor; lobby: Lobby } {
  const engine = new LocalEngine<Owner>({
    limits: defaultLimits,
    clock,
    seed: { low: 1, high: 2 },
  });
  const features = { dump: true, registry: true };
  const authority = authorityOf(admin);
  const all = { limits: defaultLimits, logger: silent, clock };
  const lobby = new Lobby({ engine, authority, features, ...all });
  const about = { version: "1.0.0", commit: "unknown", node: "here", engine: "local" };
  const browsers = { allowedOrigins: new Set<string>(), allowedHosts: new Set<string>() };
  const settings = { browsers, keyedList: true, metricsOpen: false, about };
  const door = new HttpDoor(httpService(lobby, { authority, settings }));
  return { door, lobby };
}

const listener = { requestIP: () => null, timeout: () => {} };

/** A body that never ends. */
async function askWithoutEnd(comparison: Comparison): Promise<void> {
  const clock = new FakeClock();
  const { door } = doorOf(clock);
  for (const [method, template, operation] of comparison.operations()) {
    if (operation.requestBody === undefined) continue;
    const url = `http://localhost${pathOf(template)}`;
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const request = new Request(url, { method, headers: as(admin), body });
    const answer = door.handle(new Exchange(request, listener, null));
    await turn();
    clock.advance(requestSeconds * 1_000);
    await comparison.note(method, template, await answer);
  }
}

/** While the server stops; its listener is closed by then, so its door is asked itself. */
async function askTooLate(comparison: Comparison): Promise<void> {
  const { door, lobby } = doorOf(new FakeClock());
  lobby.close();
  for (const [method, template, operation] of comparison.operations()) {
    if (operation.responses["503"] === undefined) continue;
    const ttl = method === "DELETE" ? {} : { ttl: 1 };
    const text = JSON.stringify({ key: "K", ...ttl });
    const body = operation.requestBody === undefined ? {} : { body: text };
    const request = new Request(`http://localhost${pathOf(template)}`, {
      method,
      headers: as(admin),
      ...(method === "GET" ? {} : body),
    });
    const response = await door.handle(new Exchange(request, listener, null));
    expect([method, template, response.status]).toEqual([method, template, 503]);
    await comparison.note(method, template, response);
  }
}
