/**
 * A proxy that hands bytes on, and once cuts the connection instead of handing on the
 * answer to a POST, which the server has followed by then.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class LossyProxy implements AsyncDisposable {
  /** Whether an answer was lost. */
  lost = false;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(port: number) {
    this.server = createServer((client) => this.carry(client, port));
  }

  static async start(port: number): Promise<LossyProxy> {
    const proxy = new LossyProxy(port);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(client: Socket, port: number): void {
    const upstream = connect(port, "127.0.0.1");
    let said = "";
    client.on("data", (bytes) => {
      said += bytes.toString("latin1");
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      const loses = !this.lost && said.startsWith("POST ");
      this.lost ||= loses;
      if (loses) client.destroy();
      else client.write(bytes);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.sockets.delete(socket);
        other.end();
      });
    }
  }
}
