/** Members of a body, or parameters of a query, checked by the schema that also documents them. */
import * as v from "valibot";
import { Problem } from "./problem.ts";

type Schema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** The members as the schema has them. @throws Problem that names the one that is wrong. */
export function membersOf<S extends Schema>(
  schema: S,
  given: Record<string, unknown>,
): v.InferOutput<S> {
  return checked(schema, given, (member, why) => {
    const message = `the member ${JSON.stringify(member)} ${why}`;
    return new Problem(400, "invalid_member", message, { members: { member } });
  });
}

/** The same of a query's parameters. @throws Problem */
export function parametersOf<S extends Schema>(
  schema: S,
  given: Record<string, unknown>,
): v.InferOutput<S> {
  return checked(schema, given, (parameter, why) => {
    const message = `the parameter ${JSON.stringify(parameter)} ${why}`;
    return new Problem(400, "invalid_query", message, { members: { parameter } });
  });
}

function checked<S extends Schema>(
  schema: S,
  given: Record<string, unknown>,
  wrong: (name: string, why: string) => Problem,
): v.InferOutput<S> {
  // Here, so that what every object inherits (`constructor`) is no known member.
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(schema.entries, name)) continue;
    const known = Object.keys(schema.entries).join(", ");
    throw wrong(name, known === "" ? "is not known" : `is not known: there are ${known}`);
  }
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const name = String(issue.path?.[0]?.key ?? "");
  if (!Object.hasOwn(given, name)) throw wrong(name, "is missing");
  throw wrong(name, issue.message.startsWith("Invalid") ? mustBe(issue) : issue.message);
}

function mustBe({ expected, message }: v.BaseIssue<unknown>): string {
  return expected === null ? `is wrong: ${message}` : `must be ${expected}`;
}
