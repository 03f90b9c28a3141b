/** Where a server can be reached, and why it cannot be. */
import type { Certificates } from "../auth/certificates.ts";
import { reasonOf } from "../system/reason.ts";

/** Where a server can be reached. */
export interface Listener {
  readonly kind: "tcp" | "unix" | "web";
  /** `[::]:9999`, `127.0.0.1:9998`, or a path. */
  readonly address: string;
  /** Absent for unix. */
  readonly port?: number;
  /** Somebody else has opened it. */
  readonly activated?: true;
}

/** A listener could not be had; the message says which, why, and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly listener: string;

  constructor(listener: string, cause: unknown, remedy: string) {
    super(`cannot listen on ${listener}: ${whyNot(listener, cause)}; ${remedy}`, { cause });
    this.listener = listener;
  }
}

/** What the system says of a name that is nobody's, and of a path that is too long, tells nothing. */
function whyNot(listener: string, cause: unknown): string {
  const reason = reasonOf(cause);
  if (reason.startsWith("Failed to listen at ")) return "this machine has no such address";
  const isLong = reason.endsWith("(EINVAL)") && Buffer.byteLength(listener) > unixPathBytesMax;
  return isLong ? `a socket's path has at most ${unixPathBytesMax} bytes` : reason;
}

/** On Linux; on macOS it is 103. */
const unixPathBytesMax = process.platform === "darwin" ? 103 : 107;

/** What has to be undone when the server stops. */
export interface Opened {
  readonly listener: Listener;
  /** New connections are spoken to with these certificates. @throws when that cannot be. */
  renew(certificates: Certificates): void;
  /**
   * Lets nobody in for now and ends whoever is idle, or lets them in again; absent for doors
   * whose connections are counted.
   */
  hold?(on: boolean): void;
  /** The server is about to stop: who comes now is told so, or is left to the next server. */
  drain(): void;
  /** Lets nobody in any more. */
  close(): void;
  /** Ends what is left of a closed one: connections that nobody could take leave of. */
  end(): Promise<void>;
}

/** `[::1]:9999`, `127.0.0.1:9999`. */
export function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** For `Opened.end` where whoever is in has a session, and has been taken leave of. */
export async function nobodyLeft(): Promise<void> {}
