/**
 * Requests to a server's web port by Bun's own client, for tests that care about what is
 * answered and not about the bytes on the wire.
 */
import type { Authority, Credential } from "../../../src/auth/authority.ts";

/** Anything with a web port. */
interface Served {
  readonly doors: { readonly web: { readonly port: number } };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What the body says as JSON; the text itself when it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface ApiRequest {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** The address of a path. */
export function addressOf(server: Served, path: string): string {
  return `http://127.0.0.1:${server.doors.web.port}${path}`;
}

/** Sends a request; a body that is no text becomes JSON. */
export async function api(
  server: Served,
  method: string,
  path: string,
  request: ApiRequest = {},
): Promise<ApiAnswer> {
  const { body, headers = {}, signal } = request;
  const response = await fetch(addressOf(server, path), {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    redirect: "manual",
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Credentials of tests: everybody's secret is their name. */
export function authorityOf(...credentials: readonly Credential[]): Authority {
  const named = (name: string): Credential | null =>
    credentials.find((credential) => credential.name === name) ?? null;
  return {
    required: true,
    verify: async (name, secret) => (name === secret ? named(name) : null),
    ofCommonName: named,
  };
}

export const admin: Credential = { name: "ops", role: "admin", prefixes: [] };
export const locker: Credential = { name: "ci", role: "lock", prefixes: ["deploy/", "build"] };
export const reader: Credential = { name: "grafana", role: "read", prefixes: [] };

/** The header of somebody whose secret is their name. */
export function as({ name }: Credential): Record<string, string> {
  return { Authorization: `Bearer ${name}:${name}` };
}
