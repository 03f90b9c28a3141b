/**
 * A client's end of a TCP or unix connection, as bytes. Everything that the tests'
 * clients share: what the kernel does not take at once is kept, what arrives is
 * handed on, and each way to end a connection has a name.
 * Invariant: `onBytes` is called in the order of arrival, and never after `ended`.
 */
import type { Socket } from "bun";
import { Changes, within } from "../wait-for.ts";

/** Where a server listens. */
export type Place =
  | { readonly port: number; readonly host?: string; readonly tls?: Bun.TLSOptions }
  | { readonly unix: string };

/** A connected socket of a test. */
export class ByteSocket {
  /** Announced when bytes came and when the connection ended. */
  readonly changes = new Changes();
  /** The server has ended its side, or the connection is gone. */
  ended = false;
  /** `1.2.3.4:5678` or `[::1]:5678` as the server has to print it; empty for unix sockets. */
  address = "";
  readonly #onBytes: (bytes: Uint8Array) => void;
  #connected: Socket | undefined;
  #unsent: Uint8Array = new Uint8Array(0);
  #halfCloseWhenSent = false;

  private constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#onBytes = onBytes;
  }

  /** Connects; rejects with the system's error when nobody listens. */
  static async connect(place: Place, onBytes: (bytes: Uint8Array) => void): Promise<ByteSocket> {
    const self = new ByteSocket(onBytes);
    const end = (): void => self.#end();
    // A server may speak, and even hang up, before `connect` has resolved.
    const socket = {
      data: (_: Socket, bytes: Uint8Array) => self.#receive(bytes),
      drain: () => self.#flush(),
      end,
      close: end,
      error: end,
    };
    const connecting =
      "unix" in place
        ? Bun.connect({ unix: place.unix, allowHalfOpen: true, socket })
        : Bun.connect({
            hostname: place.host ?? "127.0.0.1",
            port: place.port,
            ...(place.tls === undefined ? {} : { tls: place.tls }),
            allowHalfOpen: true,
            socket,
          });
    self.#attach(await within(`connecting to ${JSON.stringify(place)}`, connecting));
    return self;
  }

  /** Sends all of `bytes`, later if the kernel's buffer is full. */
  write(bytes: Uint8Array): void {
    this.#unsent = this.#unsent.length === 0 ? bytes : Buffer.concat([this.#unsent, bytes]);
    this.#flush();
  }

  /** Bytes that the kernel has not taken yet. */
  get unsent(): number {
    return this.#unsent.length;
  }

  /** Sends FIN once everything is sent; replies can still come. */
  halfClose(): void {
    if (this.#unsent.length > 0) this.#halfCloseWhenSent = true;
    else this.#socket().shutdown();
  }

  /** Sends RST. */
  reset(): void {
    this.#socket().terminate();
  }

  /** Ends both directions without reading what may still come. */
  drop(): void {
    this.#socket().end();
  }

  /** Stops or starts reading: a slow reader. */
  readMore(on: boolean): void {
    if (on) this.#socket().resume();
    else this.#socket().pause();
  }

  /** Resolves when the server has ended the connection. */
  whenEnded(): Promise<true> {
    return this.changes.until("the server ends the connection", () => this.ended || undefined);
  }

  #attach(socket: Socket): void {
    this.#connected = socket;
    const { localAddress, localPort } = socket;
    if (localAddress === undefined || localPort <= 0) return;
    this.address = `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`;
  }

  #socket(): Socket {
    if (this.#connected === undefined) throw new Error("not connected yet");
    return this.#connected;
  }

  #receive(bytes: Uint8Array): void {
    this.#onBytes(bytes);
    this.changes.announce();
  }

  #flush(): void {
    if (this.#unsent.length === 0) return;
    const taken = this.#socket().write(this.#unsent);
    this.#unsent = taken > 0 ? this.#unsent.subarray(taken) : this.#unsent;
    if (this.#unsent.length > 0) return;
    if (this.#halfCloseWhenSent) this.#socket().shutdown();
    this.changes.announce();
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    this.changes.announce();
  }
}
