/**
 * A connection for loads: bytes in and out as they come, without lines, limits or strings.
 * Invariant: what was written leaves whole and in order, however little the system takes
 * at a time.
 */
import type { Socket } from "bun";
import type { Address, StreamAddress } from "./address.ts";
import { dial } from "./dial.ts";
import { provenWire } from "./token.ts";
import { type WebAddress, webSocket, whyNot } from "./web.ts";

/** Told of what happens; the bytes may not be kept. */
export interface WireEvents {
  readonly receive: (bytes: Buffer) => void;
  /** The connection has ended; may be called more than once. */
  readonly ended: () => void;
}

export interface Wire {
  /** Whether each `write` is a message of its own, which is to be one command then. */
  readonly messages: boolean;
  /** Sends `bytes` from `start` to `end`. */
  write(bytes: Buffer, start: number, end: number): void;
  close(): void;
}

/** @throws what the system says. */
export function openWire(address: Address, events: WireEvents): Promise<Wire> {
  const open = (heard: WireEvents): Promise<Wire> =>
    address.door === "web" ? openWeb(address, heard) : openStream(address, heard);
  const token = address.access?.token;
  return token === undefined ? open(events) : provenWire(open, token, events);
}

async function openStream(address: StreamAddress, { receive, ended }: WireEvents): Promise<Wire> {
  let unsent = Buffer.alloc(0);
  const flush = (socket: Socket<undefined>): void => {
    const taken = unsent.length === 0 ? 0 : socket.write(unsent);
    if (taken > 0) unsent = unsent.subarray(taken);
  };
  const socket = await dial(address, {
    data: (_socket, bytes) => receive(bytes),
    drain: flush,
    end: ended,
    close: ended,
    error: ended,
  });
  return {
    messages: false,
    write(bytes, start, end) {
      const taken = unsent.length > 0 ? 0 : Math.max(0, socket.write(bytes, start, end - start));
      if (taken < end - start) unsent = Buffer.concat([unsent, bytes.subarray(start + taken, end)]);
    },
    close: () => socket.end(),
  };
}

async function openWeb(address: WebAddress, { receive, ended }: WireEvents): Promise<Wire> {
  const socket = webSocket(address);
  socket.binaryType = "arraybuffer";
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  socket.onopen = () => {
    isOpen = true;
    opened.resolve();
  };
  socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
    receive(
      typeof event.data === "string" ? Buffer.from(event.data, "utf8") : Buffer.from(event.data),
    );
  };
  socket.onclose = () => {
    if (!isOpen) void whyNot(address).then(opened.reject);
    ended();
  };
  await opened.promise;
  return {
    messages: true,
    write: (bytes, start, end) => void socket.send(bytes.toString("utf8", start, end)),
    close: () => socket.close(),
  };
}
