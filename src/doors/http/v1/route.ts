/** What a route of `/v1` is: an entry of the table that dispatches and documents. */
import type { GenericSchema, ObjectEntries, StrictObjectSchema } from "valibot";
import type { Exchange } from "../exchange.ts";
import type { HttpService } from "../service.ts";
import type { RequestSchemas } from "./schemas.ts";

/** One answer that a route may give. */
export interface Answer {
  readonly description: string;
  /** Absent: without a body, or one that is no JSON. */
  readonly schema?: GenericSchema;
  /** `application/json` unless it says otherwise. */
  readonly type?: string;
}

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With at most one parameter: `/v1/locks/{name}`. */
  readonly template: string;
  readonly summary: string;
  /** Which role it takes where credentials are configured; `null`: it is open to everybody. */
  readonly role: "read" | "lock" | "admin" | null;
  readonly query?: StrictObjectSchema<ObjectEntries, undefined>;
  readonly body?: keyof RequestSchemas;
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** `parameter` as it stands in the path. @throws Problem, HungUp */
  run(service: HttpService, exchange: Exchange, parameter: string): Response | Promise<Response>;
}
