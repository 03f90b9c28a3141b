/** Text over the platform's WebSocket. */
import { messageCharactersMax } from "../bounds.ts";
import type { Dial, TransportEvents } from "./transport.ts";

export function dialWeb(url: string): Dial {
  return (events) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    listen(socket, events);
    return {
      send(text) {
        for (const message of messages(text)) socket.send(message);
      },
      end: () => socket.close(1000),
      destroy: () => socket.close(),
      descriptor: () => undefined,
    };
  };
}

/** Several lines may share a message, but a message must not be too long. */
export function messages(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  while (text.length - start > messageCharactersMax) {
    const end = text.lastIndexOf("\n", start + messageCharactersMax) + 1;
    found.push(text.slice(start, end));
    start = end;
  }
  found.push(text.slice(start));
  return found;
}

function listen(socket: WebSocket, events: TransportEvents): void {
  let error: Error | undefined;
  let isClosed = false;
  // Names that are not UTF-8 come in binary messages; none of them is ours.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  socket.onopen = () => {
    if (!isClosed) events.opened();
  };
  socket.onmessage = (event) => {
    if (isClosed) return;
    const data = event.data as string | ArrayBuffer;
    events.received(typeof data === "string" ? data : decoder.decode(data));
  };
  socket.onerror = (event) => {
    error = new Error((event as { message?: string }).message ?? "the WebSocket failed");
  };
  socket.onclose = (event) => {
    if (isClosed) return;
    isClosed = true;
    if (event.code !== 1000 && event.code !== 1001) {
      error ??= new Error(
        `the WebSocket was closed with code ${event.code} ${event.reason}`.trim(),
      );
    }
    events.closed(error);
  };
}
