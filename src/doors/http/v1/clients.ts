/** Who is here, and ending somebody's visit. */
import { nameOf } from "../../../protocol/listing.ts";
import type { Visitor } from "../../lobby.ts";
import { expectAdministrator, expectReader } from "../credentials.ts";
import type { Exchange } from "../exchange.ts";
import { parametersOf } from "../members.ts";
import { Problem } from "../problem.ts";
import type { HttpService } from "../service.ts";
import { jsonResponse } from "./answers.ts";
import { queryOf } from "./query.ts";
import { ClientsQuery, NoQuery } from "./schemas.ts";

/** `GET /v1/clients`: in the order in which they came. @throws Problem */
export function listClients(service: HttpService, exchange: Exchange): Response {
  expectReader(service.authority, exchange);
  const { limit, after } = parametersOf(ClientsQuery, queryOf(exchange));
  const { lobby } = service.operations;
  if (!lobby.features.dump) {
    throw new Problem(403, "disabled", "listings are turned off: see -dump");
  }
  const clients: unknown[] = [];
  let next: string | null = null;
  let last = 0;
  for (const visitor of lobby.sessions) {
    if (visitor.number <= Number(after)) continue;
    if (clients.length >= Number(limit)) {
      next = String(last);
      break;
    }
    clients.push(describe(visitor));
    last = visitor.number;
  }
  return jsonResponse(200, { clients, next });
}

/** `DELETE /v1/clients/{id}`. @throws Problem */
export function dropClient(service: HttpService, exchange: Exchange, id: string): Response {
  expectAdministrator(service.authority, exchange);
  parametersOf(NoQuery, queryOf(exchange));
  const { lobby } = service.operations;
  for (const visitor of lobby.sessions) {
    if (String(visitor.number) !== id) continue;
    visitor.drop(`closed by ${exchange.credential?.name ?? "an administrator"}`);
    return new Response(null, { status: 204 });
  }
  throw new Problem(404, "client_not_found", `nobody here has the id ${JSON.stringify(id)}`);
}

function describe(visitor: Visitor): unknown {
  const { number: id, guest, sinceWallMilliseconds } = visitor;
  return {
    id,
    address: guest.address,
    name: nameOf(guest, null, false),
    since: new Date(sinceWallMilliseconds).toISOString(),
    holds: visitor.holds(),
    waits: visitor.waits(),
  };
}
