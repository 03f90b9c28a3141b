/**
 * The load of an HTTP server: each connection keeps alive and sends its requests one after
 * the other, `POST` and `DELETE` of a lock of its own in turn.
 * Invariant: an answer that is not 200 ends the load with an error.
 */
import { Histogram } from "../../src/tester/load/histogram.ts";
import type { Measured } from "./jobs.ts";

interface Connection {
  readonly requests: readonly [Buffer, Buffer];
  sent: number;
  sentNanoseconds: number;
  ended: () => void;
}

/** `HTTP/1.1 200`: the first digit of the status. */
const statusAt = 9;
const two = 50;

export async function loadHttp(options: {
  port: number;
  clients: number;
  seconds: number;
  prefix: string;
}): Promise<Measured> {
  const { port, clients, seconds, prefix } = options;
  const histogram = new Histogram();
  const started = Bun.nanoseconds();
  const until = started + seconds * 1e9;
  let failure: string | undefined;
  const ends: Promise<void>[] = [];
  for (let at = 0; at < clients; at += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(promise);
    const requests = requestsFor(`${prefix}-${at}`);
    await Bun.connect<Connection>({
      hostname: "127.0.0.1",
      port,
      data: { requests, sent: 0, sentNanoseconds: 0, ended: resolve },
      socket: {
        open: send,
        data(socket, bytes) {
          const now = Bun.nanoseconds();
          if (bytes[statusAt] !== two) failure ??= bytes.toString("latin1", 0, 200);
          histogram.record(now - socket.data.sentNanoseconds);
          // In pairs, so that no lock stays behind.
          if ((now > until && socket.data.sent % 2 === 0) || failure !== undefined) socket.end();
          else send(socket);
        },
        close: ({ data }) => data.ended(),
        error: ({ data }) => data.ended(),
      },
    });
  }
  await Promise.all(ends);
  if (failure !== undefined) throw new Error(`a request failed: ${failure}`);
  const took = (Bun.nanoseconds() - started) / 1e9;
  return { operations: histogram.count, seconds: took, ...histogram.quantiles() };
}

function requestsFor(name: string): [Buffer, Buffer] {
  const request = (method: string): Buffer =>
    Buffer.from(`${method} /lock/${name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return [request("POST"), request("DELETE")];
}

function send(socket: Bun.Socket<Connection>): void {
  const { data } = socket;
  data.sentNanoseconds = Bun.nanoseconds();
  socket.write(data.requests[data.sent++ % 2 === 0 ? 0 : 1]);
}
