/**
 * TLS in front of a stream's handlers: a session begins when hands are shaken, and not
 * before. `open` comes for whatever connects, plain text and port scanners included.
 *
 * Invariant: a socket is in `lobby.arrivals` from its `open` until its handshake ended,
 * in whatever way, and nobody stays there for longer than `handshakeSeconds`.
 */
import type { Socket, SocketHandler } from "bun";
import type { Credential } from "../../auth/authority.ts";
import type { Alarm } from "../../core/request.ts";
import { handshakeSeconds } from "../../limits.ts";
import type { Lobby } from "../lobby.ts";

export interface Admission {
  /** For clients with a certificate only. */
  readonly certified: boolean;
  /** Why nobody is let in now; `null` when they are. */
  readonly refusal: () => string | null;
}

/** `handlers` behind TLS. */
export function behindTls<Data>(
  lobby: Lobby,
  handlers: SocketHandler<Data | null>,
  { certified, refusal }: Admission,
): SocketHandler<Data | null> {
  const arriving = new Map<Socket<Data | null>, Alarm>();
  /** It no longer shakes hands; `false` if it did not. */
  const settle = (socket: Socket<Data | null>): boolean => {
    const alarm = arriving.get(socket);
    if (alarm === undefined) return false;
    arriving.delete(socket);
    lobby.arrivals.delete(socket);
    lobby.schedule(alarm, Infinity);
    return true;
  };
  const turnAway = (socket: Socket<Data | null>, reason: string): void => {
    if (lobby.verbose) lobby.logger.trace("handshake failed", { client: peerOf(socket), reason });
    socket.terminate();
  };
  return {
    ...handlers,
    open(socket) {
      socket.data = null;
      const reason = refusal();
      // No word of it: there is no way yet to say it.
      if (reason !== null) return turnAway(socket, reason);
      const ring = (): void => void (settle(socket) && turnAway(socket, "it took too long"));
      const alarm: Alarm = { kind: "alarm", at: Infinity, position: -1, ring };
      arriving.set(socket, alarm);
      lobby.arrivals.add(socket);
      lobby.schedule(alarm, handshakeSeconds * 1000);
    },
    handshake(socket, success, error) {
      if (!settle(socket)) return;
      // A certificate that is no good comes as a success with an error.
      const good = success && (!certified || (error === null && socket.authorized));
      if (good) return handlers.open?.(socket);
      const reason = (error as { code?: string } | null)?.code ?? "no TLS";
      const denial = { client: peerOf(socket), credential: null, command: "TLS handshake", reason };
      if (success) lobby.auditing?.denied(denial);
      turnAway(socket, reason);
    },
    close(socket, error) {
      settle(socket);
      return handlers.close?.(socket, error);
    },
  };
}

/** Whom the client's certificate stands for; only to be asked once it is known to be good. */
export function certifiedCredential(lobby: Lobby, socket: Socket<unknown>): Credential | null {
  const name = commonNameOf(socket);
  return name === null ? null : lobby.authority.ofCommonName(name);
}

/** The common name in the client's certificate; likewise. */
export function commonNameOf(socket: Socket<unknown>): string | null {
  // One with several common names has none.
  const name: unknown = socket.getPeerCertificate()?.subject?.CN;
  return typeof name === "string" ? name : null;
}

function peerOf(socket: Socket<unknown>): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}
