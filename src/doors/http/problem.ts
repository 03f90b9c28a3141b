/**
 * What can be wrong with a request, thrown by whoever finds it, caught in one place and
 * answered as the dialect has it. Nothing has changed when one is thrown.
 */

/** Stable names of what went wrong; they are part of the API. */
export type ProblemCode =
  | "body_too_large"
  | "client_not_found"
  | "disabled"
  | "forbidden"
  | "held"
  | "hold_gone"
  | "host_refused"
  | "idempotency_key_reused"
  | "invalid_header"
  | "invalid_member"
  | "invalid_name"
  | "invalid_query"
  | "limit_reached"
  | "malformed_body"
  | "method_not_allowed"
  | "not_found"
  | "not_held"
  | "origin_refused"
  | "request_timeout"
  | "unauthorized"
  | "unavailable"
  | "wait_timeout";

interface Details {
  /** More members of the answer, such as the `member` that is wrong. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `message` is for people: what happened, to which thing, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: ProblemCode;
  readonly details: Details;

  constructor(status: number, code: ProblemCode, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  422: "Unprocessable Content",
  503: "Service Unavailable",
};

/** As `application/problem+json` (RFC 9457). */
export function problemResponse(problem: Problem): Response {
  const { status, code, message: detail, details } = problem;
  const title = titles[status] ?? "Error";
  const body = { type: "about:blank", title, status, detail, code, ...details.members };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "Content-Type": "application/problem+json", ...details.headers },
  });
}

export function unavailable(why: string): Problem {
  return new Problem(503, "unavailable", why, { headers: { "Retry-After": "1" } });
}

/** `which`: `locks`, `waiters`, `connections`. */
export function limitReached(which: string): Problem {
  return new Problem(503, "limit_reached", `the server's limit of ${which} is reached`, {
    members: { limit: which },
    headers: { "Retry-After": "1" },
  });
}
