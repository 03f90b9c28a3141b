/** The parameters of a query, each of which may stand there once. */
import type { Exchange } from "../exchange.ts";
import { Problem } from "../problem.ts";
import { percentDecoded, unicodeOf } from "../text.ts";

/** @throws Problem */
export function queryOf({ query }: Exchange): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of query.split("&")) {
    if (part === "") continue;
    const [, encodedName = "", encodedValue = ""] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
    const name = read(encodedName);
    if (Object.hasOwn(parameters, name)) throw wrong(name, "stands there twice");
    parameters[name] = read(encodedValue);
  }
  return parameters;
}

function read(encoded: string): string {
  let text: string | null = null;
  try {
    text = unicodeOf(percentDecoded(encoded.replaceAll("+", " ")));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  if (text === null) throw wrong(encoded, "is not percent-encoded UTF-8");
  return text;
}

function wrong(parameter: string, why: string): Problem {
  const message = `the parameter ${JSON.stringify(parameter)} ${why}`;
  return new Problem(400, "invalid_query", message, { members: { parameter } });
}
