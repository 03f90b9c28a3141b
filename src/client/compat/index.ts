/**
 * The callback API of the older Node package, for programs that come from there:
 *
 *     var lockd = require("glockd/compat");
 *     var client = lockd.connect({ tcp: "127.0.0.1:9999" });
 *
 * It speaks the first part of the protocol only, and so with every server of its kind.
 */
import { parseHostPort, parseWebAddress } from "./address.ts";
import { type ClientOptions, LockdClient } from "./client.ts";
import { dialInProcess } from "./links/in-process.ts";
import type { Dial } from "./links/link.ts";
import { type ListenOptions, LockdServer } from "./server.ts";
import { dialSocket } from "./links/socket.ts";
import { dialWebSocket } from "./links/websocket.ts";

export type { ByName, Callback, ClientOptions, NameCallback, ReplyCallback } from "./client.ts";
export type { ListenOptions } from "./server.ts";
export { LockdClient, LockdServer };

/** Where a server is, in one of three ways, and how long to wait for it. */
export interface ConnectOptions extends ClientOptions {
  /** `host:port` or `port`. */
  readonly tcp?: string | number;
  /** Path of a unix socket. */
  readonly unix?: string;
  /** `ws://host:port`. */
  readonly websocket?: string;
}

/**
 * A client of that server, or of one that `listen` made in this process. Requests may be
 * made at once.
 * @throws Error when the options name no server, or one that cannot be.
 */
export function connect(options: ConnectOptions | LockdServer): LockdClient {
  if (options instanceof LockdServer) return new LockdClient(dialInProcess(options), {});
  return new LockdClient(dialOf(options), options);
}

/**
 * Starts a server in this process. Needs Bun.
 * @throws Error under Node, and when the options name an address that cannot be.
 */
export function listen(options: ListenOptions): LockdServer {
  return new LockdServer(options);
}

/** What `require` gives to programs that look for one object. */
export default { connect, listen };

function dialOf({ tcp, unix, websocket }: ConnectOptions): Dial {
  if (tcp !== undefined && tcp !== "") return dialSocket(parseHostPort(tcp));
  if (unix) return dialSocket({ path: unix });
  if (websocket) return dialWebSocket(parseWebAddress(websocket));
  throw new Error(
    "No valid lockd connection method given: name one of tcp, unix and websocket, or a server",
  );
}
