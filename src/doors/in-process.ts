/**
 * Connections without a socket, for whoever runs a server in its own process: the same
 * sessions as behind any door, with memory in between.
 *
 * Invariant: the server calls a peer only in turns of its own, never while it works, so
 * that whatever a peer does or throws meets none of the server's state.
 */
import type { Lobby } from "./lobby.ts";
import { Session } from "./session.ts";
import type { StreamSocket } from "./sockets/stream-socket.ts";
import { Wire } from "./wire.ts";

/** Who is at the other end. */
export interface InProcessPeer {
  /** Replies as they come, cut anywhere; the bytes are the peer's to keep. */
  receive(bytes: Uint8Array): void;
  /** The connection has ended; called once, nothing comes after it. */
  ended(): void;
}

/** A connection as its peer has it. */
export interface InProcessConnection {
  /** The bytes may be reused when this returns. */
  send(bytes: Uint8Array): void;
  /** No more will be sent; what was is still answered, then the connection ends. */
  end(): void;
  /** Ends the connection now. */
  destroy(): void;
}

/** One server's connections within its process. */
export class InProcessDoor {
  private readonly lobby: Lobby;
  /** Connections so far: each is called `process:N`, N counting from 1. */
  private count = 0;

  constructor(lobby: Lobby) {
    this.lobby = lobby;
  }

  connect(peer: InProcessPeer): InProcessConnection {
    const { lobby } = this;
    const socket = new PeerSocket(peer);
    const refusal = lobby.refusal();
    if (refusal !== null) {
      lobby.logger.warn("refused a connection", { reason: refusal });
      socket.write(Buffer.from(`${refusal}\n`));
      socket.end();
      return { send: nothing, end: nothing, destroy: nothing };
    }
    const wire = new Wire(socket, {
      outbox: lobby.outbox,
      lingering: lobby.leaving,
      pendingBytesMax: lobby.limits.outputBytesMax,
    });
    const address = `process:${++this.count}`;
    // Without credentials, whoever is in this process could do anything to the server anyway.
    const session = new Session(lobby, { address, local: true, port: wire });
    wire.serve(session);
    socket.onEnd = () => session.end("closed");
    return {
      send: (bytes) => {
        if (socket.isOpen) session.receive(bytes);
      },
      end: () => session.endInput(),
      destroy: () => socket.terminate(),
    };
  }
}

/** A socket as a wire knows one, that takes everything at once. */
class PeerSocket implements StreamSocket {
  isOpen = true;
  onEnd: () => void = nothing;
  private readonly peer: InProcessPeer;

  constructor(peer: InProcessPeer) {
    this.peer = peer;
  }

  write(bytes: Uint8Array, offset = 0, length = bytes.length - offset): number {
    if (!this.isOpen) return -1;
    const copy = bytes.slice(offset, offset + length);
    queueMicrotask(() => this.peer.receive(copy));
    return length;
  }

  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onEnd();
    queueMicrotask(() => this.peer.ended());
  }

  terminate(): void {
    this.end();
  }
}

function nothing(): void {}
