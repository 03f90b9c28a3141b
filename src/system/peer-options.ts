/**
 * Socket options that notice a peer which fell silent: its machine lost power, or the
 * network between. Set on the listener, from which Linux hands them down to every
 * connection that it accepts, WebSockets too, at no cost for each.
 *
 * Keepalive asks idle peers. It does not while sent data waits for an acknowledgement,
 * and Linux would retransmit for a quarter of an hour: TCP_USER_TIMEOUT ends that.
 */
import { keepaliveIntervalSeconds, keepaliveProbes } from "../limits.ts";
import { fs } from "../late.ts";
import { libc } from "./libc.ts";

const solSocket = 1;
const soKeepalive = 9;
const ipprotoTcp = 6;
const tcpKeepIdle = 4;
const tcpKeepInterval = 5;
const tcpKeepCount = 6;
const tcpUserTimeout = 18;

export interface PeerOptions {
  /** Silence before the peer is asked; 0: never. */
  readonly keepaliveSeconds: number;
  /** How long sent data may stay unacknowledged; 0: as the system likes. */
  readonly userTimeoutSeconds: number;
}

/** @returns false where the system cannot (all but Linux) or does not want to. */
export function setPeerOptions(descriptor: number, options: PeerOptions): boolean {
  const c = process.platform === "linux" ? libc() : undefined;
  if (c === undefined) return false;
  const set = (level: number, option: number, value: number): boolean =>
    c.setsockopt(descriptor, level, option, Int32Array.of(value), 4) === 0;
  const { keepaliveSeconds, userTimeoutSeconds } = options;
  let done = true;
  if (keepaliveSeconds > 0) {
    done =
      set(solSocket, soKeepalive, 1) &&
      set(ipprotoTcp, tcpKeepIdle, keepaliveSeconds) &&
      set(ipprotoTcp, tcpKeepInterval, keepaliveIntervalSeconds) &&
      set(ipprotoTcp, tcpKeepCount, keepaliveProbes);
  }
  if (userTimeoutSeconds > 0) {
    done = set(ipprotoTcp, tcpUserTimeout, userTimeoutSeconds * 1000) && done;
  }
  return done;
}

/**
 * Runs `open` and tells which sockets it opened, for listeners that do not tell their
 * descriptor. Linux only; empty elsewhere.
 */
export function openedSockets<T>(open: () => T): { result: T; descriptors: number[] } {
  const before = sockets();
  const result = open();
  const descriptors = [...sockets()].filter((descriptor) => !before.has(descriptor));
  return { result, descriptors };
}

function sockets(): Set<number> {
  const found = new Set<number>();
  if (process.platform !== "linux") return found;
  for (const entry of fs().readdirSync("/proc/self/fd")) {
    try {
      if (fs().readlinkSync(`/proc/self/fd/${entry}`).startsWith("socket:"))
        found.add(Number(entry));
    } catch {
      // The directory's own descriptor is gone by now.
    }
  }
  return found;
}
