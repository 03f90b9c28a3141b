/** The TCP listener. */
import type { TCPSocketListener } from "bun";
import { peerAddress } from "./address.ts";
import type { Lobby } from "./lobby.ts";
import { type StreamData, streamHandlers } from "./stream.ts";

/** Listens on all addresses, IPv4 and IPv6, unless `host` names one. @throws when the port cannot be had. */
export function listenTcp(
  lobby: Lobby,
  options: { host: string; port: number; keepaliveSeconds: number },
): TCPSocketListener<StreamData> {
  const { host, port, keepaliveSeconds } = options;
  return Bun.listen<StreamData>({
    hostname: host,
    port,
    allowHalfOpen: true,
    socket: streamHandlers(lobby, {
      administrator: false,
      addressOf(socket) {
        // On Linux the listener has said all that already.
        if (process.platform !== "linux" && keepaliveSeconds > 0) {
          socket.setKeepAlive(true, keepaliveSeconds * 1000);
        }
        // Bun's types do not say so: a peer that is gone already has no address.
        const peer = socket.remoteAddress as string | undefined;
        return peer === undefined ? null : peerAddress(peer, socket.remotePort);
      },
    }),
  });
}
