/** The OpenAPI 3.1 document, made from the table of routes and the schemas that they check by. */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import type { HttpService } from "../service.ts";
import { jsonResponse } from "./answers.ts";
import type { Answer, Route } from "./route.ts";
import * as shapes from "./schemas.ts";

/** Shapes that have a name in the document. */
const named: Readonly<Record<string, GenericSchema>> = {
  Hold: shapes.Hold,
  Lock: shapes.Lock,
  LockWithQueue: shapes.LockWithQueue,
  LockPage: shapes.LockPage,
  Freed: shapes.Freed,
  ClientPage: shapes.ClientPage,
  Stats: shapes.Stats,
  Health: shapes.Health,
  Problem: shapes.ProblemDetails,
  Conflict: shapes.Conflict,
};

/** `GET /v1/openapi.json`. */
export function openApi(service: HttpService, routes: readonly Route[]): Response {
  const { schemas, settings } = service;
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[route.template] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  const components = Object.entries({ ...named, ...schemas }).map(
    ([name, schema]) => [name, plain(schema)] as const,
  );
  return jsonResponse(200, {
    openapi: "3.1.0",
    info: {
      title: "glockd",
      version: settings.about.version,
      description:
        "A network lock server. Without credentials configured everything is open but administration.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: {
        basic: { type: "http", scheme: "basic" },
        bearer: { type: "http", scheme: "bearer", description: "NAME:SECRET" },
        certificate: { type: "mutualTLS", description: "Its common name is the credential's." },
      },
    },
  });
}

function operationOf(route: Route): unknown {
  const answers = Object.entries(route.answers).map(
    ([status, answer]) => [status, answerOf(answer)] as const,
  );
  return {
    operationId: operationId(route),
    summary: route.summary,
    security: route.role === null ? [] : [{}, { basic: [] }, { bearer: [] }, { certificate: [] }],
    ...(route.role === null ? {} : { "x-role": route.role }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: route.body !== "Acquire",
            content: { "application/json": { schema: reference(route.body) } },
          },
        }),
    responses: Object.fromEntries(answers),
  };
}

function operationId({ method, template }: Route): string {
  const words = template.replaceAll(/[{}]/g, "").split(/[/.]/).filter(Boolean);
  return [method.toLowerCase(), ...words].join("-");
}

function pathParameters({ template }: Route): unknown[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description:
      name === "name"
        ? "The lock's name, percent-encoded: a slash in it is %2F."
        : "As /v1/clients tells it.",
    schema: { type: "string", minLength: 1 },
  }));
}

function queryParameters({ query }: Route): unknown[] {
  return Object.entries(query?.entries ?? {}).map(([name, schema]) => {
    const { description, ...rest } = plain(schema);
    return {
      name,
      in: "query",
      required: false,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function headerParameters({ headers = [] }: Route): unknown[] {
  return headers.map(({ name, description }) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
}

function answerOf({ description, schema, type = "application/json" }: Answer): unknown {
  if (schema !== undefined) {
    const name = Object.keys(named).find((candidate) => named[candidate] === schema);
    const body = name === undefined ? plain(schema) : reference(name);
    return { description, content: { [type]: { schema: body } } };
  }
  if (type === "application/json") {
    return description.startsWith("OpenAPI")
      ? { description, content: { [type]: { schema: { type: "object" } } } }
      : { description };
  }
  return { description, content: { [type]: { schema: { type: "string" } } } };
}

function reference(name: string): unknown {
  return { $ref: `#/components/schemas/${name}` };
}

const conversion: ConversionConfig = {
  typeMode: "input",
  target: "draft-2020-12",
  // Rules that JSON Schema has no words for; the patterns and bounds beside them remain.
  ignoreActions: ["check"],
};

function plain(schema: unknown): Record<string, unknown> {
  const { $schema: _, ...rest } = toJsonSchema(schema as GenericSchema, conversion) as Record<
    string,
    unknown
  >;
  return rest;
}
