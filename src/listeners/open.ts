/** Opens the listeners that a configuration asks for. */
import type { Certificates } from "../auth/certificates.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Lobby } from "../doors/lobby.ts";
import { listenTcp } from "../doors/tcp.ts";
import { listenUnix } from "../doors/unix.ts";
import type { InheritedSocket } from "../system/listening/inherited-socket.ts";
import { type ListeningSocket, widenQueue } from "../system/listening/listening-socket.ts";
import { setPeerOptions } from "../system/peer-options.ts";
import { adopt } from "./adopted.ts";
import { authority, ListenError, type Listener, nobodyLeft, type Opened } from "./listener.ts";
import { type OpenHost, PortListener } from "./port-listener.ts";
import { tlsOptions } from "./tls.ts";

export interface OpenOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly certificates: Certificates | null;
  /** Opened by somebody else; where there is one of a kind, none is opened besides. */
  readonly activated: readonly InheritedSocket[];
  /** Listens on the TCP port already; closed with that listener. */
  readonly early: ListeningSocket | null;
}

/** All of them, or none. @throws ListenError */
export async function openListeners(lobby: Lobby, options: OpenOptions): Promise<Opened[]> {
  const { config, activated, early } = options;
  const opened: Opened[] = [];
  const isActivated = (kind: InheritedSocket["kind"]): boolean =>
    activated.some((socket) => socket.kind === kind);
  try {
    for (const socket of activated) opened.push(adopt(lobby, socket, options));
    if (config.unix !== undefined && !isActivated("unix"))
      opened.push(await openUnix(lobby, config, config.unix));
    if (config.port !== 0 && !isActivated("tcp"))
      opened.push(openPort("tcp", config.port, tcp(lobby, config, early), options, early?.host));
    if (config.ws !== 0) {
      // Loaded here: it is half of the server, and the lines are served meanwhile.
      const { web } = await import("./web.ts");
      opened.push(openPort("web", config.ws, web(lobby, config), options));
    }
    return opened;
  } catch (error) {
    for (const one of opened) one.close();
    throw error;
  }
}

async function openUnix(lobby: Lobby, config: Config, path: string): Promise<Opened> {
  try {
    const listener = await listenUnix(lobby, {
      path,
      mode: config.unixMode,
    });
    // Bun has it, its types do not.
    const { fd: descriptor } = listener as unknown as { fd: number };
    widenQueue(descriptor);
    lobby.direct?.heed(descriptor);
    return {
      listener: { kind: "unix", address: path },
      renew: () => {
        // Plain, whatever the others are: its file says who may open it.
      },
      drain: () => {
        // Newcomers are told.
      },
      close: () => listener.stop(),
      end: nobodyLeft,
    };
  } catch (error) {
    throw new ListenError(path, error, "choose another path with -unix");
  }
}

function tcp(lobby: Lobby, config: Config, early: ListeningSocket | null): OpenHost {
  const { keepaliveSeconds } = config;
  let listening = early;
  return (host) =>
    (port, { certificates, shared }) => {
      const tls = certificates === null ? null : tlsOptions(certificates);
      const place = listening === null ? {} : { descriptor: listening.take() };
      listening = null;
      const options = { host, port, keepaliveSeconds, tls, shared, ...place };
      const listener = listenTcp(lobby, options);
      // Bun has it, its types do not.
      const descriptor = (listener as unknown as { fd: number }).fd;
      setPeerOptions(descriptor, config);
      widenQueue(descriptor);
      lobby.direct?.heed(descriptor);
      // Of what listened already Bun does not know the port, whatever its types say.
      const given = (listener.port as number | undefined) ?? port;
      return { port: given, descriptor, close: () => listener.stop(), end: nobodyLeft };
    };
}

/** What helps, by what the system said. */
const portRemedies: Readonly<Record<string, string>> = {
  EADDRINUSE: "choose another port with -port or -ws, or stop what listens there",
  EACCES: "choose ports above 1023 with -port and -ws, or let glockd have CAP_NET_BIND_SERVICE",
};
const addressRemedy = "choose another address with -host";

/** All addresses are IPv6 and IPv4 together, or IPv4 alone on a machine without IPv6. */
function openPort(
  kind: "tcp" | "web",
  port: number | "any",
  open: OpenHost,
  { config, clock, certificates }: OpenOptions,
  at = config.host,
): Opened {
  const number = port === "any" ? 0 : port;
  const openAt = (host: string): Opened => {
    const describe = (given: number): Listener => ({
      kind,
      address: authority(host, given),
      port: given,
    });
    try {
      return new PortListener(open(host), { clock, port: number, certificates, describe });
    } catch (error) {
      const remedy = portRemedies[(error as { code?: string }).code ?? ""] ?? addressRemedy;
      throw new ListenError(authority(host, number), error, remedy);
    }
  };
  if (at !== undefined) return openAt(at);
  try {
    return openAt("::");
  } catch (error) {
    if (isInUse(error)) throw error;
    return openAt("0.0.0.0");
  }
}

function isInUse(error: unknown): boolean {
  return ((error as ListenError).cause as { code?: string }).code === "EADDRINUSE";
}
