/**
 * The reference protocol behind WebSockets.
 * Invariant: each reply is one message, unless a fault joins them.
 */
import { asMessage } from "../../../src/tester/connection/web.ts";
import type { Peer } from "./request.ts";
import { Reference } from "./reference.ts";
import type { ReferenceOptions, ReferenceServer } from "./server.ts";

interface Session {
  readonly address: string;
  peer: Peer | undefined;
  /** Replies to the message that is being answered, where a fault joins them. */
  joined: string[] | undefined;
}

export function serveWeb({ fault, disabled }: ReferenceOptions = {}): ReferenceServer {
  const reference = new Reference(fault, disabled);
  const server = Bun.serve<Session>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, serving) {
      const from = serving.requestIP(request);
      const data = {
        address: `${from?.address}:${from?.port}`,
        peer: undefined,
        joined: undefined,
      };
      return serving.upgrade(request, { data })
        ? undefined
        : new Response("a WebSocket is served here", { status: 426 });
    },
    websocket: {
      open(socket) {
        socket.data.peer = reference.join({
          address: socket.data.address,
          administrator: false,
          tell: (reply) => {
            if (socket.data.joined === undefined) socket.send(asMessage(reply));
            else socket.data.joined.push(reply);
          },
          drop: () => socket.close(),
        });
      },
      message(socket, message) {
        const { peer } = socket.data;
        if (peer === undefined) return;
        if (fault === "joins replies in one message") socket.data.joined = [];
        for (const line of Buffer.from(message).toString("latin1").split("\n"))
          reference.receive(peer, line);
        const replies = socket.data.joined?.join("") ?? "";
        socket.data.joined = undefined;
        if (replies !== "") socket.send(asMessage(replies));
      },
      close(socket) {
        if (socket.data.peer !== undefined) reference.leave(socket.data.peer);
      },
    },
  });
  return {
    address: { door: "web", url: `ws://127.0.0.1:${server.port}/` },
    stop: () => void server.stop(true),
  };
}
