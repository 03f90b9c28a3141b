/** The TCP listener. */
import type { TCPSocketListener } from "bun";
import { peerAddress } from "./address.ts";
import { behindTls, certifiedCredential } from "./admission/handshake.ts";
import type { Lobby } from "./lobby.ts";
import { type StreamData, streamHandlers } from "./stream.ts";

export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  readonly keepaliveSeconds: number;
  /** `null`: plain. */
  readonly tls: Bun.TLSOptions | null;
  /** Whether another listener of this process may have the port as well. */
  readonly shared: boolean;
  /** A socket that listens already, instead of `host` and `port`; closed with the listener. */
  readonly descriptor?: number;
}

/** Listens on all addresses, IPv4 and IPv6, unless `host` names one. @throws when the port cannot be had. */
export function listenTcp(lobby: Lobby, options: TcpOptions): TCPSocketListener<StreamData> {
  const { host, port, keepaliveSeconds, tls, shared, descriptor } = options;
  const certified = tls?.requestCert === true;
  const handlers = streamHandlers(lobby, {
    local: false,
    plain: tls === null,
    addressOf(socket) {
      // On Linux the listener has said all that already.
      if (process.platform !== "linux" && keepaliveSeconds > 0) {
        socket.setKeepAlive(true, keepaliveSeconds * 1000);
      }
      // Bun's types do not say so: a peer that is gone already has no address.
      const peer = socket.remoteAddress as string | undefined;
      return peer === undefined ? null : peerAddress(peer, socket.remotePort);
    },
    credentialOf: (socket) => (certified ? certifiedCredential(lobby, socket) : null),
  });
  // Bun's types know descriptors not at all, and `reusePort` of servers for HTTP only.
  const place =
    descriptor === undefined ? { hostname: host, port, reusePort: shared } : { fd: descriptor };
  const listening = {
    ...(place as { hostname: string; port: number }),
    allowHalfOpen: true,
    ...(tls === null ? {} : { tls }),
    socket:
      tls === null
        ? handlers
        : behindTls(lobby, handlers, { certified, refusal: () => lobby.refusal() }),
  };
  return Bun.listen<StreamData>(listening);
}
