/**
 * The reference server behind real sockets, so that the tests themselves can be tried
 * against something known to be right.
 * Invariant: a connection is in the reference exactly while its socket is open.
 */
import type { Socket } from "bun";
import { type ReferenceConnection, type ReferenceOptions, ReferenceServer } from "./server.ts";

interface Held {
  connection: ReferenceConnection | undefined;
}

export interface ListeningReference {
  readonly port: number;
  readonly web: number;
  stop(): void;
}

/** Listens on free ports of 127.0.0.1 and on a unix socket. */
export function listenReference(options: ReferenceOptions, unix: string): ListeningReference {
  const reference = new ReferenceServer(options);
  const tcp = Bun.listen<Held>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: handlers(reference, (socket) => `${socket.remoteAddress}:${socket.remotePort}`),
  });
  let unixConnections = 0;
  const local = Bun.listen<Held>({
    unix,
    allowHalfOpen: true,
    socket: handlers(reference, () => `unix:${(unixConnections += 1)}`),
  });
  const web = serveMessages(reference);
  const stop = (): void => {
    tcp.stop(true);
    local.stop(true);
    void web.stop(true);
  };
  return { port: tcp.port, web: web.port ?? 0, stop };
}

function handlers(reference: ReferenceServer, addressOf: (socket: Socket<Held>) => string) {
  return {
    open(socket: Socket<Held>) {
      const answer = reference.connect(addressOf(socket), (text) =>
        socket.write(Buffer.from(text, "latin1")),
      );
      socket.data = { connection: typeof answer === "string" ? undefined : answer };
      if (typeof answer === "string") socket.end(answer);
    },
    data: (socket: Socket<Held>, bytes: Buffer) =>
      socket.data.connection?.receive(bytes.toString("latin1")),
    end(socket: Socket<Held>) {
      socket.data.connection?.end();
      socket.end();
    },
    close: (socket: Socket<Held>) => socket.data.connection?.end(),
  };
}

function serveMessages(reference: ReferenceServer) {
  return Bun.serve<Held & { address: string }>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, server) {
      const peer = server.requestIP(request);
      const data = { connection: undefined, address: `${peer?.address}:${peer?.port}` };
      return server.upgrade(request, { data }) ? undefined : new Response("", { status: 400 });
    },
    websocket: {
      open(socket) {
        const reply = (text: string): void => {
          const bytes = Buffer.from(text, "latin1");
          const isText = Buffer.from(bytes.toString("utf8")).equals(bytes);
          socket.send(isText ? bytes.toString("utf8") : bytes);
        };
        const answer = reference.connect(socket.data.address, reply);
        if (typeof answer !== "string") socket.data.connection = answer;
        else {
          socket.send(answer);
          socket.close();
        }
      },
      message(socket, message) {
        const text = Buffer.from(message as string).toString("latin1");
        socket.data.connection?.receive(text.endsWith("\n") ? text : `${text}\n`);
      },
      close: (socket) => socket.data.connection?.end(),
    },
  });
}
