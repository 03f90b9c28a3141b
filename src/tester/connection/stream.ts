/**
 * A connection over TCP or a unix socket.
 * Invariant: bytes leave in the order of `send`, also when the system takes only a part.
 */
import type { Socket, SocketHandler } from "bun";
import type { StreamAddress } from "./address.ts";
import type { Connection } from "./connection.ts";
import { dial } from "./dial.ts";
import { Inbox, type Observations } from "./inbox.ts";

/** @throws what the system says, with its `code`. */
export async function openStream(
  address: StreamAddress,
  observations: Observations,
  late: AbortSignal,
): Promise<Connection> {
  const inbox = new Inbox(observations);
  let unsent = Buffer.alloc(0);
  const flush = (socket: Socket<undefined>): void => {
    if (unsent.length === 0) return;
    const taken = socket.write(unsent);
    if (taken > 0) unsent = unsent.subarray(taken);
  };
  const handlers: SocketHandler<undefined> = {
    data: (_socket, bytes) => inbox.push(bytes.toString("latin1")),
    drain: flush,
    end: () => inbox.end("the end of the connection"),
    close: () => inbox.end("the end of the connection"),
    error: (_socket, error) => inbox.end(`the end of the connection (${error.message})`),
  };
  const socket = await dial(address, handlers, late);
  return {
    inbox,
    messages: [],
    send(bytes) {
      unsent = Buffer.concat([unsent, Buffer.from(bytes, "latin1")]);
      flush(socket);
    },
    halfClose: () => socket.shutdown(),
    close: () => socket.end(),
    // Bun sends RST here, not FIN; a test watches that it stays so.
    reset: () => socket.terminate(),
  };
}
