/**
 * A client whose TLS ends here, and its plain connection to the web server inside.
 *
 * Invariant: the connection inside lives no longer than its client, and everything that
 * either of them has sent before its end arrives at the other.
 */
import type { Socket } from "bun";
import { Flow } from "./flow.ts";

/** Where a request comes from that was relayed. */
export interface Arrival {
  /** The client's: `1.2.3.4:5678`. */
  readonly address: string;
  /** Of the certificate that it has shown; `null` when it has none, or several. */
  readonly commonName: string | null;
  /** Ends it at once, whatever it has not read. */
  terminate(): void;
}

/** One client. */
export class Relay implements Arrival {
  readonly address: string;
  readonly commonName: string | null;
  /** The connection inside; `null` before it is there. */
  inside: Socket<Relay> | null = null;
  /** Its port on the loopback; 0 before. */
  port = 0;
  private readonly client: Socket<Relay | null>;
  private readonly inward: Flow;
  private outward: Flow | null = null;
  private readonly goodbye: () => void;
  private clientGone = false;

  constructor(
    client: Socket<Relay | null>,
    options: Pick<Arrival, "address" | "commonName"> & {
      /** The client has got everything. */
      goodbye: () => void;
    },
  ) {
    const { address, commonName, goodbye } = options;
    this.client = client;
    this.goodbye = goodbye;
    this.address = address;
    this.commonName = commonName;
    this.inward = new Flow(client, () => this.inside?.shutdown());
  }

  terminate(): void {
    this.client.terminate();
  }

  /** The connection inside is there. */
  joined(inside: Socket<Relay>): void {
    this.inside = inside;
    this.outward = new Flow(inside, this.goodbye);
    this.outward.open(this.client);
    if (this.clientGone) this.outward.discard();
    this.inward.open(inside);
  }

  fromClient(bytes: Uint8Array): void {
    this.inward.carry(bytes);
  }

  fromInside(bytes: Uint8Array): void {
    this.outward?.carry(bytes);
  }

  clientDrained(): void {
    this.outward?.drain();
  }

  insideDrained(): void {
    this.inward.drain();
  }

  /** It sends no more, and may still read. */
  clientEnded(): void {
    this.inward.end();
  }

  /** What it has sent is still handed in, as the web server would have got it. */
  clientClosed(): void {
    this.clientGone = true;
    this.outward?.discard();
    this.inward.end();
  }

  /** The web server has ended the connection: the client gets the rest. */
  insideEnded(): void {
    this.inward.discard();
    if (this.outward === null) this.goodbye();
    else this.outward.end();
  }
}
