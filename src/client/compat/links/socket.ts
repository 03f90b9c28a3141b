/** A link over a socket of Node's `net`: TCP or unix. */
import { connect } from "node:net";
import type { HostPort } from "../address.ts";
import type { Dial } from "./link.ts";

/** To a server on `host:port`, or on a unix socket. */
export function dialSocket(place: HostPort | { readonly path: string }): Dial {
  return (events) => {
    const socket =
      "path" in place ? connect(place.path) : connect(place.port, place.host ?? "localhost");
    // Commands are small, and each waits for the reply of the one before.
    socket.setNoDelay(true);
    socket.on("connect", () => events.connect());
    socket.on("data", (bytes: Uint8Array) => events.bytes(bytes));
    socket.on("error", (error) => events.error(error));
    socket.on("close", (hadError) => events.close(hadError));
    return {
      keepsCommandsApart: false,
      send: (line) => void socket.write(line),
      end: () => void socket.end(),
      destroy: () => void socket.destroy(),
    };
  };
}
