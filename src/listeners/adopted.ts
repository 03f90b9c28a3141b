/**
 * Listeners over sockets that somebody else has opened and handed over.
 * Invariant: the socket itself stays open, so that who comes while nobody listens waits in
 * it; what is closed is a duplicate of its descriptor.
 */
import type { Certificates } from "../auth/certificates.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Lobby } from "../doors/lobby.ts";
import { listenTcp } from "../doors/tcp.ts";
import { adoptUnix } from "../doors/unix.ts";
import { duplicate, type InheritedSocket } from "../system/listening/inherited-socket.ts";
import { widenQueue } from "../system/listening/listening-socket.ts";
import { setPeerOptions } from "../system/peer-options.ts";
import { ListenError, type Listener, nobodyLeft, type Opened } from "./listener.ts";
import { type Open, PortListener } from "./port-listener.ts";
import { tlsOptions } from "./tls.ts";

interface AdoptOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly certificates: Certificates | null;
}

/** @throws ListenError */
export function adopt(lobby: Lobby, socket: InheritedSocket, options: AdoptOptions): Opened {
  const { kind, address, descriptor, port = 0 } = socket;
  const { config, clock, certificates } = options;
  const listener: Listener = { kind, address, port, activated: true };
  try {
    lobby.direct?.heed(descriptor);
    if (kind === "unix") return adoptUnixSocket(lobby, socket);
    setPeerOptions(descriptor, config);
    const open: Open = (_, { certificates: used }) => {
      const tls = used === null ? null : tlsOptions(used);
      const { keepaliveSeconds } = config;
      const given = { host: "", port, keepaliveSeconds, tls, shared: false };
      const opened = listenTcp(lobby, { ...given, descriptor: duplicate(descriptor) });
      widenQueue(descriptor);
      return { port, descriptor: undefined, close: () => opened.stop(), end: nobodyLeft };
    };
    const describe = (): Listener => listener;
    return new PortListener(open, { clock, port, certificates, describe, activated: true });
  } catch (error) {
    throw new ListenError(address, error, "it was handed over by whoever started this server");
  }
}

function adoptUnixSocket(lobby: Lobby, { address, descriptor }: InheritedSocket): Opened {
  const listener = adoptUnix(lobby, duplicate(descriptor));
  widenQueue(descriptor);
  return {
    listener: { kind: "unix", address, activated: true },
    renew: () => {
      // Plain, as the other unix socket.
    },
    // What comes from now on waits for the next server.
    drain: () => listener.stop(),
    close: () => listener.stop(),
    end: nobodyLeft,
  };
}
