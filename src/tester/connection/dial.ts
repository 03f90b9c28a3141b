/** Opens a stream socket to either kind of stream address. */
import type { Socket, SocketHandler } from "bun";
import type { StreamAddress } from "./address.ts";

/** The socket stays open for reading after the peer's FIN. @throws what the system says, with its `code`. */
export async function dial(
  address: StreamAddress,
  handlers: SocketHandler<undefined>,
): Promise<Socket<undefined>> {
  if (address.door === "unix")
    return await Bun.connect({ unix: address.path, allowHalfOpen: true, socket: handlers });
  const { host: hostname, port } = address;
  const socket = await Bun.connect({ hostname, port, allowHalfOpen: true, socket: handlers });
  // Each write shall leave at once, as a packet of its own.
  socket.setNoDelay(true);
  return socket;
}
