/**
 * The web port: Bun's web server, which ends TLS itself, or, where clients show
 * certificates, relays in front of one that listens on the loopback.
 */
import { hostname } from "node:os";
import type { Config } from "../config.ts";
import { HttpDoor } from "../doors/http/door.ts";
import { httpService } from "../doors/http/service.ts";
import type { Lobby } from "../doors/lobby.ts";
import { insideHost, Relays } from "../doors/relay/relays.ts";
import { listenWeb } from "../doors/web.ts";
import { stopFlushMilliseconds } from "../limits.ts";
import { isConnected } from "../system/connected.ts";
import { holdNewcomers } from "../system/listening/newcomers.ts";
import { openedSockets, setPeerOptions } from "../system/peer-options.ts";
import { commit, version } from "../version.ts";
import type { OpenHost, OpenPort } from "./port-listener.ts";
import { tlsOptions } from "./tls.ts";

type WebServer = ReturnType<typeof listenWeb>;

export function web(lobby: Lobby, config: Config): OpenHost {
  const http = httpDoor(lobby, config);
  return config.tls?.ca === undefined ? direct(lobby, config, http) : relayed(lobby, config, http);
}

/** One for all that listen on the web port, now and after new certificates. */
function httpDoor(lobby: Lobby, config: Config): HttpDoor {
  const settings = {
    browsers: {
      allowedOrigins: new Set(config.allowOrigins),
      allowedHosts: new Set(config.allowHosts),
    },
    keyedList: config.keyedList,
    metricsOpen: config.metricsOpen,
    about: { version, commit, node: hostname(), engine: "local" },
  };
  return new HttpDoor(httpService(lobby, { authority: lobby.authority, settings }));
}

function direct(lobby: Lobby, config: Config, http: HttpDoor): OpenHost {
  return (host) =>
    (port, { certificates, shared }) => {
      const tls = certificates === null ? null : tlsOptions(certificates);
      const listen = () => listenWeb(lobby, { host, port, http, tls, shared, relays: null });
      const { result: server, descriptors } = openedSockets(listen);
      for (const each of descriptors) {
        setPeerOptions(each, config);
        lobby.direct?.heed(each);
      }
      const [descriptor] = descriptors;
      return {
        port: server.port ?? port,
        descriptor,
        hold: (on) => hold(descriptor, server, on),
        close: () => void server.stop(),
        async end() {
          await answersWritten();
          void server.stop(true);
        },
      };
    };
}

/** One web server inside, whichever certificates newcomers are shown. */
function relayed(lobby: Lobby, config: Config, http: HttpDoor): OpenHost {
  const relays = new Relays(lobby, { isConnected });
  let inside: WebServer | null = null;
  const open = (options: FrontOptions): OpenPort => {
    const plain = { host: insideHost, port: 0, http, tls: null, shared: false, relays };
    const server = inside ?? listenWeb(lobby, plain);
    try {
      const listener = relays.listen({ ...options, inside: server.port! });
      inside = server;
      // Bun has it, its types do not.
      const descriptor = (listener as unknown as { fd: number }).fd;
      setPeerOptions(descriptor, config);
      lobby.direct?.heed(descriptor);
      return {
        port: listener.port,
        descriptor,
        hold: (on) => hold(descriptor, server, on),
        close: () => listener.stop(),
        async end() {
          await answersWritten();
          void server.stop(true);
          await relays.farewell(stopFlushMilliseconds);
        },
      };
    } catch (error) {
      if (inside === null) void server.stop();
      throw error;
    }
  };
  return (host) =>
    (port, { certificates, shared }) =>
      open({ host, port, tls: tlsOptions(certificates!), shared });
}

type FrontOptions = Omit<Parameters<Relays["listen"]>[0], "inside">;

/** `descriptor`: of what clients connect to; `server`: whatever answers them. */
function hold(descriptor: number | undefined, server: WebServer, on: boolean): void {
  if (descriptor !== undefined) holdNewcomers(descriptor, on);
  if (on) server.closeIdleConnections();
}

/** Answers that are due are written in this turn. */
function answersWritten(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
