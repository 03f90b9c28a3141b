/** What TCP and unix listeners have in common: Bun's socket events, told to sessions. */
import type { Socket, SocketHandler } from "bun";
import type { Credential } from "../auth/authority.ts";
import type { Lobby } from "./lobby.ts";
import { Session } from "./session.ts";
import { expectSystemError } from "./sockets/system-error.ts";
import { Wire } from "./wire.ts";

/** One connection; `null` when it was refused. */
export type StreamData = Session | null;

/** Handlers for `Bun.listen`; `addressOf` says what a new connection is called; `null` when it is gone already. */
export function streamHandlers(
  lobby: Lobby,
  options: {
    /** The unix socket. */
    local: boolean;
    addressOf: (socket: Socket<StreamData>) => string | null;
    /** Who the peer is known to be from the start. */
    credentialOf?: (socket: Socket<StreamData>) => Credential | null;
    /** What is written is what goes out: no TLS. */
    plain: boolean;
  },
): SocketHandler<StreamData> {
  const { local, addressOf, credentialOf, plain } = options;
  return {
    // Cheaper than a Buffer; Bun's types know only the default here.
    binaryType: "uint8array" as "buffer",
    open(socket) {
      const refusal = lobby.refusal();
      if (refusal !== null) {
        socket.data = null;
        lobby.logger.warn("refused a connection", { reason: refusal });
        socket.write(`${refusal}\n`);
        lobby.refused.begin(socket);
        return;
      }
      const address = addressOf(socket);
      if (address === null) {
        // Reset before it could be greeted.
        socket.data = null;
        socket.terminate();
        return;
      }
      const wire = new Wire((plain ? lobby.direct?.direct(socket) : null) ?? socket, {
        outbox: lobby.outbox,
        lingering: lobby.leaving,
        pendingBytesMax: lobby.limits.outputBytesMax,
      });
      const credential = credentialOf?.(socket) ?? null;
      const session = new Session(lobby, { address, local, credential, port: wire });
      wire.serve(session);
      socket.data = session;
    },
    data(socket, bytes) {
      socket.data?.receive(bytes);
    },
    drain(socket) {
      socket.data?.port.drain();
    },
    end(socket) {
      if (socket.data) socket.data.endInput();
      else socket.end();
    },
    close(socket, error) {
      if (socket.data) socket.data.end(error === undefined ? "closed" : "reset");
      else lobby.refused.settle(socket);
    },
    error(socket, error) {
      expectSystemError(error);
      socket.data?.end(error.message);
      socket.terminate();
    },
  };
}
