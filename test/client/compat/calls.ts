/** Calls of the compat client's methods as promises, for tests under the runtime of the tests. */
import type { EventEmitter } from "node:events";
import {
  connect,
  type ConnectOptions,
  type LockdClient,
  type LockdServer,
} from "../../../src/client/compat/index.ts";
import type { DoorName, Doors } from "../../server-process.ts";
import { within } from "../../wait-for.ts";

export type Method = Exclude<keyof LockdClient, keyof EventEmitter>;

/** What a callback got: the error's message in its place. */
export type Results = readonly unknown[];

/** Calls the method with a callback as its last argument; resolves with what that gets. */
export function call(caller: LockdClient, method: Method, ...given: string[]): Promise<Results> {
  const results = new Promise<Results>((resolve) => {
    const callback = (...got: unknown[]): void =>
      resolve(got.map((value) => (value instanceof Error ? value.message : value)));
    const run = caller[method] as (...given: unknown[]) => void;
    run.call(caller, ...given, callback);
  });
  return within(`the callback of ${method}`, results);
}

/** A client that the end of a test disconnects. */
export function client(options: ConnectOptions | LockdServer): LockdClient & AsyncDisposable {
  const made = connect(options);
  const dispose = async (): Promise<void> => void (await call(made, "disconnect"));
  return Object.assign(made, { [Symbol.asyncDispose]: dispose });
}

/** The arguments of the next such event. */
export function next(emitter: EventEmitter, event: string): Promise<Results> {
  const told = new Promise<Results>((resolve) =>
    emitter.once(event, (...about: unknown[]) => resolve(about)),
  );
  return within(`the event ${event}`, told);
}

/** Options of `connect` for a door of a server; a busy machine is no silent server. */
export function optionsOf({ tcp, unix, web }: Doors, door: DoorName): ConnectOptions {
  const readTimeout = 10_000;
  if (door === "tcp") return { tcp: `127.0.0.1:${tcp.port}`, readTimeout };
  if (door === "unix") return { unix: unix.unix, readTimeout };
  return { websocket: `ws://127.0.0.1:${web.port}`, readTimeout };
}
