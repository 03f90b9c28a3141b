/** Takes a request to its route. */
import type { Exchange } from "../exchange.ts";
import { Problem } from "../problem.ts";
import type { HttpService } from "../service.ts";
import type { Route } from "./route.ts";
import { routes } from "./routes.ts";

/** Routes with the pattern of their path. */
const patterns: readonly (readonly [RegExp, Route])[] = routes.map((route) => [
  new RegExp(`^${route.template.replaceAll(".", "\\.").replace(/\{\w+\}/, "([^/]+)")}$`),
  route,
]);

/** @throws Problem, HungUp */
export function dispatch(service: HttpService, exchange: Exchange): Response | Promise<Response> {
  const { path, method } = exchange;
  const allowed: string[] = [];
  for (const [pattern, route] of patterns) {
    const match = pattern.exec(path);
    if (match === null) continue;
    exchange.route = route.template;
    if (route.method === method) return route.run(service, exchange, match[1] ?? "");
    allowed.push(route.method);
  }
  if (allowed.length === 0) {
    throw new Problem(404, "not_found", `nothing is at this address; / tells what there is`);
  }
  const list = allowed.join(", ");
  throw new Problem(405, "method_not_allowed", `this address knows ${list} only`, {
    headers: { Allow: list },
  });
}
