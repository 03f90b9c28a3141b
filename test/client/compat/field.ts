/**
 * Servers as they are in the field: ones that answer late or not at all, and the real one
 * behind a proxy that gives it the manners of others.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { within } from "../../wait-for.ts";

/** A server on a port of the loopback. */
export interface FieldServer extends AsyncDisposable {
  /** As `connect` takes it. */
  readonly tcp: string;
  /** Ends all connections, and takes no more. */
  end(): Promise<void>;
}

/** What a server does with each line that comes. */
export type Manners = (line: string, reply: (text: string) => void, socket: Socket) => void;

/** A server of these manners; when a client has ended its side, `farewell` is to end the other. */
export function fieldServer(
  manners: Manners,
  farewell: (socket: Socket) => void = (socket) => void socket.end(),
): Promise<FieldServer> {
  return listening((socket) => {
    let rest = "";
    socket.on("end", () => farewell(socket));
    socket.on("data", (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) manners(line, (text) => void socket.write(text), socket);
    });
  });
}

/** A proxy of the server on `port`. */
export function proxy(
  port: number,
  manners: {
    /** What the server gets of a packet of a client. */
    heard?: (packet: string) => string;
    /** What the client gets for the server's replies. */
    said?: (replies: string) => readonly string[];
  },
): Promise<FieldServer> {
  const { heard = (packet) => packet, said = (replies) => [replies] } = manners;
  return listening((socket) => {
    const server = connect(port, "127.0.0.1");
    socket.on("data", (bytes: Buffer) => server.write(heard(bytes.toString())));
    socket.on("end", () => server.end());
    server.on("data", (bytes: Buffer) => {
      for (const part of said(bytes.toString())) socket.write(part);
    });
    socket.on("close", () => server.destroy());
    server.on("close", () => socket.destroy());
    server.on("error", () => socket.destroy());
  });
}

/** The Go server makes a new reader for each line, and what the old one had read is gone. */
export function onlyFirstLine(packet: string): string {
  return packet.slice(0, packet.indexOf("\n") + 1);
}

async function listening(serve: (socket: Socket) => void): Promise<FieldServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  const end = (): Promise<void> =>
    within(
      "the end of a server",
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    );
  await within(
    "a server that listens",
    new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)),
  );
  const { port } = server.address() as { port: number };
  return { tcp: `127.0.0.1:${port}`, end, [Symbol.asyncDispose]: end };
}
