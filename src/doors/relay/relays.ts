/**
 * The web port where clients show certificates. Bun's web server does not tell which
 * certificate a request came with, so TLS ends at a listener of our own, which hands plain
 * bytes to a web server that listens on the loopback.
 *
 * Invariant: the web server inside serves only connections that a relay has made, each
 * known by its port, which is the relay's for as long as its own end is connected.
 */
import type { Socket, SocketHandler, TCPSocketListener } from "bun";
import { peerAddress } from "../address.ts";
import { behindTls, commonNameOf } from "../admission/handshake.ts";
import { Lingering } from "../sockets/lingering.ts";
import type { Lobby } from "../lobby.ts";
import { expectSystemError } from "../sockets/system-error.ts";
import { type Arrival, Relay } from "./relay.ts";

export const insideHost = "127.0.0.1";

export interface RelaysOptions {
  /** Whether the socket with this descriptor is still connected to its peer. */
  readonly isConnected: (descriptor: number) => boolean;
}

/** All relays to one web server. */
export class Relays {
  private readonly lobby: Lobby;
  private readonly isConnected: RelaysOptions["isConnected"];
  /** By their connection's port on the loopback. */
  private readonly byPort = new Map<number, Relay>();
  private readonly clients = new Set<Relay>();
  /** Clients whose connection the web server has ended. */
  private readonly lingering: Lingering;
  private closing = false;
  private emptied = (): void => {};

  constructor(lobby: Lobby, { isConnected }: RelaysOptions) {
    this.lobby = lobby;
    this.lingering = new Lingering(lobby, Infinity);
    this.isConnected = isConnected;
  }

  /** Who is behind a connection to the web server; `null` when no relay has made it. */
  arrivalOf(peer: { readonly address: string; readonly port: number } | null): Arrival | null {
    if (peer === null || peer.address !== insideHost) return null;
    const relay = this.byPort.get(peer.port);
    // Another program may get the port in the instant between the end and our hearing of it.
    return relay?.inside && this.isConnected(descriptorOf(relay.inside)) ? relay : null;
  }

  /** Takes clients at `host` and `port` to the web server at `inside`. @throws when the port cannot be had. */
  listen(options: {
    readonly host: string;
    readonly port: number;
    readonly inside: number;
    readonly tls: Bun.TLSOptions;
    readonly shared: boolean;
  }): TCPSocketListener<Relay | null> {
    const { host, port, inside, tls, shared } = options;
    const listening = {
      hostname: host,
      port,
      allowHalfOpen: true,
      // Bun's types know it of servers for HTTP only.
      reusePort: shared,
      tls,
      socket: behindTls(this.lobby, this.handlers(inside), {
        certified: true,
        // Who is one too many learns so by HTTP, from the web server.
        refusal: () => null,
      }),
    };
    return Bun.listen<Relay | null>(listening);
  }

  /** Resolves once all clients have got what was left for them, or are cut off. */
  async farewell(milliseconds: number): Promise<void> {
    this.closing = true;
    this.lingering.end();
    if (this.clients.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.emptied = resolve));
    const timer = setTimeout(() => {
      for (const relay of this.clients) relay.terminate();
    }, milliseconds);
    await empty;
    clearTimeout(timer);
  }

  private handlers(inside: number): SocketHandler<Relay | null> {
    return {
      // Cheaper than a Buffer; Bun's types know only the default here.
      binaryType: "uint8array" as "buffer",
      open: (socket) => this.begin(socket, inside),
      data: (socket, bytes) => socket.data?.fromClient(bytes),
      drain: (socket) => socket.data?.clientDrained(),
      end: (socket) => (socket.data === null ? void socket.end() : socket.data.clientEnded()),
      close: (socket) => {
        if (socket.data === null) return;
        this.lingering.settle(socket);
        socket.data.clientClosed();
        this.clients.delete(socket.data);
        if (this.clients.size === 0) this.emptied();
      },
      error: endBroken,
    };
  }

  private begin(client: Socket<Relay | null>, port: number): void {
    // Bun's types do not say so: a peer that is gone already has no address.
    const host = client.remoteAddress as string | undefined;
    if (host === undefined) return void client.terminate();
    const address = peerAddress(host, client.remotePort);
    const relay = new Relay(client, {
      address,
      commonName: commonNameOf(client),
      goodbye: () => (this.closing ? void client.close() : this.lingering.begin(client)),
    });
    client.data = relay;
    this.clients.add(relay);
    const failed = (error: Error): void => {
      this.lobby.logger.warn("refused a connection", { client: address, reason: error.message });
      relay.terminate();
    };
    const socket = this.insideHandlers();
    Bun.connect({ hostname: insideHost, port, allowHalfOpen: true, data: relay, socket }).catch(
      failed,
    );
  }

  private insideHandlers(): SocketHandler<Relay> {
    return {
      binaryType: "uint8array" as "buffer",
      open: (socket) => {
        // Before anything is sent, so that the web server finds it.
        const relay = socket.data;
        relay.port = socket.localPort;
        this.byPort.set(relay.port, relay);
        relay.joined(socket);
      },
      data: (socket, bytes) => socket.data.fromInside(bytes),
      drain: (socket) => socket.data.insideDrained(),
      end: (socket) => void socket.end(),
      close: (socket) => {
        const relay = socket.data;
        // Another relay may have got the port before we hear of the end.
        if (this.byPort.get(relay.port) === relay) this.byPort.delete(relay.port);
        relay.insideEnded();
      },
      error: endBroken,
    };
  }
}

function endBroken(socket: Socket<never>, error: Error): void {
  expectSystemError(error);
  socket.terminate();
}

function descriptorOf(socket: Socket<Relay>): number {
  // Bun has it, its types do not.
  return (socket as unknown as { fd: number }).fd;
}
