/** What TCP and unix listeners have in common: Bun's socket events, told to sessions. */
import type { Socket, SocketHandler } from "bun";
import type { Lobby } from "./lobby.ts";
import { Session } from "./session.ts";
import { Wire } from "./wire.ts";

/** One connection; `null` when it was refused. */
export type StreamData = { readonly wire: Wire; readonly session: Session } | null;

/** Handlers for `Bun.listen`; `addressOf` says what a new connection is called. */
export function streamHandlers(
  lobby: Lobby,
  options: { administrator: boolean; addressOf: (socket: Socket<StreamData>) => string },
): SocketHandler<StreamData> {
  return {
    // Cheaper than a Buffer; Bun's types know only the default here.
    binaryType: "uint8array" as "buffer",
    open(socket) {
      const refusal = lobby.refusal();
      if (refusal !== null) {
        socket.data = null;
        lobby.logger.warn("refused a connection", { reason: refusal });
        socket.write(`${refusal}\n`);
        socket.end();
        return;
      }
      const wire = new Wire(socket, lobby.limits.outputBytesMax);
      const { administrator, addressOf } = options;
      const session = new Session(lobby, { address: addressOf(socket), administrator, port: wire });
      wire.session = session;
      socket.data = { wire, session };
    },
    data(socket, bytes) {
      socket.data?.session.receive(bytes);
    },
    drain(socket) {
      socket.data?.wire.drain();
    },
    end(socket) {
      if (socket.data === null) socket.end();
      else socket.data.session.endInput();
    },
    close(socket, error) {
      socket.data?.session.end(error === undefined ? "closed" : "reset");
    },
    error(socket, error) {
      socket.data?.session.end(error.message);
      socket.terminate();
    },
  };
}
