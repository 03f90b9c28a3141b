/**
 * The reference protocol behind sockets. Faults of framing live here, those of meaning in
 * the other files.
 * Invariant: `stop` closes everything that was opened.
 */
import type { Socket, TCPSocketListener, UnixSocketListener } from "bun";
import type { Address } from "../../../src/tester/connection/address.ts";
import type { Fault } from "./fault.ts";
import { waitsOf } from "./peer.ts";
import type { Peer } from "./request.ts";
import { Reference } from "./reference.ts";

export interface ReferenceServer {
  readonly address: Address;
  stop(): void;
}

export interface ReferenceOptions {
  readonly fault?: Fault | undefined;
  readonly disabled?: readonly ("dump" | "registry" | "additions")[];
  /** The path of a unix socket; TCP on a free port without it. */
  readonly unix?: string;
}

interface Session {
  readonly peer: Peer;
  /** Of the packet that is being answered; outside of one, what is told goes out at once. */
  replies: string[] | undefined;
  partial: string;
  unsent: Buffer;
  sawEnd: boolean;
  left: boolean;
}

let unixClients = 0;

/** Serves over TCP or a unix socket. */
export function serveStreams(options: ReferenceOptions = {}): ReferenceServer {
  const { fault } = options;
  const reference = new Reference(fault, options.disabled);
  const endsAtOnce = fault === "drops replies after a half-close" || fault === "grants to the dead";
  const flush = (socket: Socket<Session>): void => {
    const { data } = socket;
    const taken = data.unsent.length === 0 ? 0 : socket.write(data.unsent);
    if (taken > 0) data.unsent = data.unsent.subarray(taken);
    if (data.sawEnd && data.unsent.length === 0 && waitsOf(data.peer).length === 0) socket.end();
  };
  const send = (socket: Socket<Session>, text: string): void => {
    socket.data.unsent = Buffer.concat([socket.data.unsent, Buffer.from(text, "latin1")]);
    flush(socket);
  };
  const leave = (session: Session): void => {
    if (!session.left) reference.leave(session.peer);
    session.left = true;
  };
  const join = (socket: Socket<Session>): Peer =>
    reference.join({
      address:
        socket.remoteAddress === undefined
          ? `unix:${(unixClients += 1)}`
          : `${socket.remoteAddress}:${socket.remotePort}`,
      administrator: options.unix !== undefined,
      tell: (reply) => {
        if (socket.data.replies === undefined) send(socket, reply);
        else socket.data.replies.push(reply);
      },
      drop: () => {
        leave(socket.data);
        socket.end();
      },
    });
  const handlers = {
    open(socket: Socket<Session>) {
      const fresh = { replies: undefined, partial: "", sawEnd: false, left: false };
      socket.data = { ...fresh, peer: join(socket), unsent: Buffer.alloc(0) };
    },
    data(socket: Socket<Session>, bytes: Buffer) {
      const text = answerPacket(reference, socket.data, bytes.toString("latin1"));
      // Late, so that an end of input that came with the commands is seen first.
      if (fault !== "drops replies after a half-close") send(socket, text);
      else setImmediate(() => setImmediate(() => send(socket, text)));
    },
    drain: flush,
    end(socket: Socket<Session>) {
      socket.data.sawEnd = true;
      if (endsAtOnce) return void socket.end();
      reference.endInput(socket.data.peer);
      flush(socket);
    },
    close(socket: Socket<Session>) {
      if (fault !== "forgets who was reset" || socket.data.sawEnd) leave(socket.data);
    },
    error: () => undefined,
  };
  if (options.unix !== undefined) {
    const listener: UnixSocketListener<Session> = Bun.listen<Session>({
      unix: options.unix,
      allowHalfOpen: true,
      socket: handlers,
    });
    return { address: { door: "unix", path: options.unix }, stop: () => listener.stop(true) };
  }
  const listener: TCPSocketListener<Session> = Bun.listen<Session>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: handlers,
  });
  return {
    address: { door: "tcp", host: "127.0.0.1", port: listener.port },
    stop: () => listener.stop(true),
  };
}

function answerPacket(reference: Reference, session: Session, packet: string): string {
  const { fault } = reference;
  if (fault === "answers nothing") return "";
  const lines = (session.partial + packet).split("\n");
  session.partial = lines.pop() ?? "";
  if (fault === "loses a command cut in two") session.partial = "";
  if (fault === "answers only the first command of a packet") lines.splice(1);
  const replies: string[] = [];
  session.replies = replies;
  for (const line of lines) reference.receive(session.peer, line);
  session.replies = undefined;
  if (fault !== "orders replies wrongly" || replies.length <= 8) return replies.join("");
  return replies.toSpliced(5, 2, replies[6] ?? "", replies[5] ?? "").join("");
}
