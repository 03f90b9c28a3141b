/** One HTTP request on its way to an answer. */
import type { Server } from "bun";
import type { Credential } from "../../auth/authority.ts";
import { requestSeconds } from "../../limits.ts";
import { peerAddress } from "../address.ts";
import type { Arrival } from "../relay/relay.ts";

/** What a request needs of the server that took it. */
export type Listener = Pick<Server<unknown>, "requestIP" | "timeout">;

export class Exchange {
  readonly request: Request;
  readonly method: string;
  /** As it was sent, percent signs and all, without the query. */
  readonly path: string;
  /** Behind the question mark, as it was sent; empty when there is none. */
  readonly query: string;
  /** Who asks, once that is known; `null` for nobody in particular. */
  credential: Credential | null = null;
  /** The lock that it asks for, for the record; `null` where there is none, or it is not known. */
  lock: Uint8Array | null = null;
  /** The route that it took, for the metrics: one of a fixed set. */
  route = "none";
  /** Of the client's certificate; `null` when there is none. */
  readonly commonName: string | null;
  private readonly server: Listener;
  private known: string | null;

  /** `arrival`: where it really comes from, when it was relayed. */
  constructor(request: Request, server: Listener, arrival: Arrival | null) {
    this.request = request;
    this.server = server;
    this.commonName = arrival?.commonName ?? null;
    this.known = arrival?.address ?? null;
    this.method = request.method === "HEAD" ? "GET" : request.method;
    const { url } = request;
    const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
    const mark = url.search(/[?#]/);
    const end = mark === -1 ? url.length : mark;
    this.path = start === -1 ? "" : url.slice(start, end);
    this.query = url[end] === "?" ? url.slice(end + 1).replace(/#.*/s, "") : "";
  }

  /** `1.2.3.4:5678`; asking the system for it costs, so it is asked when needed. */
  get address(): string {
    if (this.known === null) {
      const peer = this.server.requestIP(this.request);
      this.known = peer === null ? "unknown:0" : peerAddress(peer.address, peer.port);
    }
    return this.known;
  }

  /** The credential's name, else the address. */
  get label(): string {
    return this.credential === null
      ? this.address
      : Buffer.from(this.credential.name, "utf8").toString("latin1");
  }

  /** The answer may take as long as it takes … */
  beginLong(): void {
    this.server.timeout(this.request, 0);
  }

  /** … and now it is here: what comes next on this connection is in a hurry again. */
  endLong(): void {
    this.server.timeout(this.request, requestSeconds);
  }
}
