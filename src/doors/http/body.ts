/**
 * A request's body: read up to a limit, within a time, and taken for JSON whatever its
 * Content-Type says. An object only, without members that stand there twice.
 */
import type { Clock } from "../../clock.ts";
import { bodyBytesMax, bodyDepthMax, requestSeconds } from "../../limits.ts";
import { Problem } from "./problem.ts";
import { unicodeOf } from "./text.ts";

/** The members of a body, or `null` when there is none. @throws Problem */
export async function readObject(
  request: Request,
  clock: Clock,
): Promise<Record<string, unknown> | null> {
  const bytes = await readBody(request, clock);
  if (bytes.length === 0) return null;
  const text = unicodeOf(bytes);
  if (text === null) throw malformed("it is not UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("it is not JSON");
  }
  if (depthOf(text) > bodyDepthMax) throw malformed("it is nested too deeply");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("it is not a JSON object");
  }
  const twice = repeatedMember(text);
  if (twice !== null) {
    throw new Problem(
      400,
      "invalid_member",
      `the member ${JSON.stringify(twice)} stands there twice`,
      {
        members: { member: twice },
      },
    );
  }
  return value as Record<string, unknown>;
}

/** By what the request says of itself. @throws Problem */
export function refuseLarge(request: Request): void {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > bodyBytesMax) throw tooLarge();
}

async function readBody(request: Request, clock: Clock): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  refuseLarge(request);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUpAt = clock.monotonicMs() + requestSeconds * 1000;
  const cancel = clock.wakeAt(giveUpAt, () => reject(timedOut()));
  try {
    const bytes = await Promise.race([request.bytes(), late]);
    if (bytes.length > bodyBytesMax) throw tooLarge();
    return bytes;
  } catch (error) {
    if (error instanceof Problem) throw error;
    // The client has gone; nobody will read this.
    throw malformed("it ended too early");
  } finally {
    cancel();
  }
}

function malformed(why: string): Problem {
  return new Problem(400, "malformed_body", `the body cannot be read: ${why}`);
}

function tooLarge(): Problem {
  return new Problem(413, "body_too_large", `the body is longer than ${bodyBytesMax} bytes`);
}

function timedOut(): Problem {
  return new Problem(408, "request_timeout", `the body was not there in ${requestSeconds} s`, {
    headers: { Connection: "close" },
  });
}

/** Strings and marks of JSON; only for text that is known to be JSON. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/** How deeply arrays and objects are nested. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [found] of text.matchAll(token)) {
    if (found === "{" || found === "[") deepest = Math.max(deepest, ++depth);
    else if (found === "}" || found === "]") depth--;
  }
  return deepest;
}

/** A member of the outermost object that is there twice, however it is spelled. */
function repeatedMember(text: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  let before = "";
  for (const [found] of text.matchAll(token)) {
    if (found === "{" || found === "[") depth++;
    else if (found === "}" || found === "]") depth--;
    else if (found === ":" && depth === 1) {
      const member = JSON.parse(before) as string;
      if (seen.has(member)) return member;
      seen.add(member);
    }
    before = found;
  }
  return null;
}
