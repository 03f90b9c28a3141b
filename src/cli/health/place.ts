/** Which of a server's doors is asked how it is. */
import { UsageError } from "../../flags.ts";
import type { HealthValues } from "./flags.ts";
import type { Place } from "./ask.ts";

/**
 * The door that was typed, else the one that knows most: the web port, then the unix
 * socket, then TCP. @throws UsageError when there is none that can be asked.
 */
export function placeOf(values: HealthValues, typed: ReadonlySet<string>): Place {
  const { unix, ws } = values;
  const tls = values.tls || values["tls-cert"] !== undefined;
  // Commands that speak to a server have the port with it, and it is the TCP port.
  const named = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(values.host ?? "");
  const host = reachable(named?.[1] ?? named?.[2] ?? values.host);
  const port = named === null || typed.has("port") ? values.port : Number(named[3]);
  const web = { door: "web", host, port: ws, tls, shown: shown(host, ws) } as const;
  const tcp = { door: "tcp", host, port, tls, shown: shown(host, port) } as const;
  const local = unix === undefined ? null : ({ door: "unix", unix, shown: unix } as const);
  if (local !== null && typed.has("unix")) return local;
  const isBarred = values["tls-ca"] !== undefined;
  if (isBarred && local !== null) return local;
  if (isBarred)
    throw new UsageError(
      "it asks clients for certificates (-tls-ca): give it a unix socket, which does not (-unix)",
    );
  if ((typed.has("port") || named !== null) && !typed.has("ws") && port !== 0) return tcp;
  if (ws !== 0) return web;
  if (local !== null) return local;
  if (port !== 0) return tcp;
  throw new UsageError("there is nothing to ask: give one of -ws, -unix and -port");
}

/** All addresses of a machine are reached by one of its own. */
function reachable(host: string | undefined): string {
  return host === undefined || host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host;
}

function shown(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
