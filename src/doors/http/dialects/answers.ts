/**
 * How both older dialects answer: JSON as Go writes it, with `<`, `>` and `&` escaped and a
 * newline at the end; errors are `{"error":"…"}`.
 */
import { type Outcome, Refusal } from "../../../core/request.ts";
import { limitReached, type Problem } from "../problem.ts";

const json = { "Content-Type": "application/json; charset=utf-8" };
const escapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

export function goJson(value: unknown): string {
  return `${JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character]!)}\n`;
}

export function answer(status: number, value: unknown): Response {
  return new Response(goJson(value), { status, headers: json });
}

/** The same for what is answered often, made once. */
export function constant(status: number, value: unknown): () => Response {
  const body = goJson(value);
  const init = { status, headers: json };
  return () => new Response(body, init);
}

/** What is wrong with a request, as these dialects say it. */
export function problemAnswer(problem: Problem): Response {
  const response = answer(problem.status, { error: problem.message });
  for (const [name, value] of Object.entries(problem.details.headers ?? {})) {
    response.headers.set(name, value);
  }
  return response;
}

/** @throws Problem when it is a limit that a grant has failed at. */
export function expectNoLimit(outcome: Outcome): void {
  if (outcome === Refusal.locksLimit) throw limitReached("locks");
}
