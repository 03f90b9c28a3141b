/**
 * A server as it was before there was `/v1`: GET /locks, PUT and DELETE /lock/NAME, and 404
 * for all else.
 * Invariant: requests are served one after the other, and counted before they are answered.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface Held {
  readonly key: string;
  readonly locked_by: Readonly<Record<string, number>>;
}

/** What is done with a request: the usual, that without telling, or another answer. */
export type Treatment =
  | "usual"
  | "unanswered"
  | { readonly status: number; readonly body: unknown; readonly type?: string };

export class OlderServer implements AsyncDisposable {
  readonly locks = new Map<string, Held>();
  /** Requests so far, as `PUT /lock/x`. */
  readonly requests: string[] = [];
  treat: (request: string) => Treatment = () => "usual";
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<OlderServer> {
    const older = new OlderServer();
    await new Promise<void>((resolve) => older.server.listen(0, "127.0.0.1", resolve));
    return older;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? "");
    const asked = `${request.method} ${path}`;
    const body = await text(request);
    this.requests.push(asked);
    const treatment = this.treat(asked);
    const answer = typeof treatment === "object" ? treatment : this.usual(asked, body);
    if (treatment === "unanswered") return void request.socket.destroy();
    const { status, type = "application/json" } = answer;
    response.writeHead(status, { "Content-Type": type }).end(JSON.stringify(answer.body));
  }

  private usual(asked: string, body: string): Exclude<Treatment, string> {
    if (asked === "GET /locks") return { status: 200, body: Object.fromEntries(this.locks) };
    const [, method, name = ""] = /^(PUT|DELETE) \/lock\/(.+)$/.exec(asked) ?? [];
    if (method === undefined) return { status: 404, body: "404 page not found" };
    const { key, requestor = key } = JSON.parse(body) as { key: string; requestor?: string };
    const held = this.locks.get(name);
    if (held !== undefined && held.key !== key)
      return { status: 423, body: { error: `${name} is locked` } };
    const { [requestor]: count = 0, ...others } = held?.locked_by ?? {};
    const counts = method === "PUT" ? { ...others, [requestor]: count + 1 } : others;
    if (Object.keys(counts).length === 0) this.locks.delete(name);
    else this.locks.set(name, { key, locked_by: counts });
    return { status: 200, body: { response: "done" } };
  }
}
