/** What all requests of a server share. */
import type { Authority } from "../../auth/authority.ts";
import type { Lobby } from "../lobby.ts";
import { unavailable } from "./problem.ts";
import type { BrowserRules } from "./browsers.ts";
import { Journal } from "./events/journal.ts";
import type { Exposition } from "./metrics/metrics.ts";
import { RequestCounts } from "./metrics/requests.ts";
import { Operations } from "./operations.ts";
import { IdempotencyKeys } from "./v1/idempotency.ts";
import { requestSchemas, type RequestSchemas } from "./v1/schemas.ts";

export interface HttpSettings {
  readonly browsers: BrowserRules;
  /** Whether `GET /locks` is answered. */
  readonly keyedList: boolean;
  /** Whether `/metrics` is open to everybody. */
  readonly metricsOpen: boolean;
  readonly about: About;
}

/** Which server this is. */
export interface About {
  readonly version: string;
  readonly commit: string;
  /** The machine's name. */
  readonly node: string;
  /** Who keeps the lock table. */
  readonly engine: string;
}

export interface HttpService {
  readonly operations: Operations;
  readonly authority: Authority;
  readonly settings: HttpSettings;
  readonly schemas: RequestSchemas;
  readonly journal: Journal;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly requestCounts: RequestCounts;
  /** Made when it is first asked for. */
  exposition: Promise<Exposition> | null;
}

/** For whatever changes something: not any more when the server stops. @throws Problem */
export function expectOpen({ operations }: HttpService): void {
  if (operations.lobby.isClosing) throw unavailable("the server is shutting down");
}

/** For whatever takes a lock: not any more when the server waits for its holders either. @throws Problem */
export function expectServing({ operations }: HttpService): void {
  if (!operations.lobby.isServing) throw unavailable("the server is shutting down");
}

/** The service of a server that has just begun. */
export function httpService(
  lobby: Lobby,
  { authority, settings }: Pick<HttpService, "authority" | "settings">,
): HttpService {
  return {
    operations: new Operations(lobby),
    authority,
    settings,
    schemas: requestSchemas(lobby.limits),
    journal: new Journal(lobby),
    idempotencyKeys: new IdempotencyKeys(() => lobby.clock.monotonicMs()),
    requestCounts: new RequestCounts(),
    exposition: null,
  };
}
