/**
 * What a service manager is told, as sd_notify(3) describes it: datagrams of `NAME=VALUE`
 * lines to the unix socket that NOTIFY_SOCKET names.
 *
 * Invariant: telling never throws and, but for changes of state, never waits: a manager
 * that does not listen costs the server nothing but what it would have been told.
 */
import { libc, serviceCalls } from "./libc.ts";
import type { ServiceCalls } from "./libc.ts";

/** Somebody who wants to know how this process is doing. */
export class ServiceManager {
  /** Silence after which the manager takes us for dead; `null`: it does not watch. */
  readonly watchdogMilliseconds: number | null;
  private readonly calls: ServiceCalls;
  private readonly address: Uint8Array;
  private readonly descriptor: number;

  private constructor(calls: ServiceCalls, address: Uint8Array, watchdog: number | null) {
    this.calls = calls;
    this.address = address;
    this.watchdogMilliseconds = watchdog;
    this.descriptor = calls.socket(afUnix, sockDgram | sockCloexec, 0);
  }

  /**
   * The manager that `env` names; `null` when there is none, or none that can be told (on
   * systems other than Linux, or at an address that is no unix socket's).
   */
  static of(env: Readonly<Record<string, string | undefined>>): ServiceManager | null {
    const place = env["NOTIFY_SOCKET"];
    if (place === undefined || !/^[@/]./s.test(place)) return null;
    const address = unixAddress(place);
    const calls = serviceCalls();
    if (address === null || calls === undefined) return null;
    const manager = new ServiceManager(calls, address, watchdogOf(env));
    return manager.descriptor < 0 ? null : manager;
  }

  /** The start, or a reload, is complete. */
  ready(status: string): boolean {
    return this.send(["READY=1", statusLine(status)], waits);
  }

  /** A reload begins; `ready` ends it. */
  reloading(): boolean {
    return this.send(["RELOADING=1", `MONOTONIC_USEC=${this.monotonicMicroseconds()}`], waits);
  }

  stopping(status: string): boolean {
    return this.send(["STOPPING=1", statusLine(status)], waits);
  }

  /** The server lives. */
  beat(status: string): boolean {
    return this.send(["WATCHDOG=1", statusLine(status)], doesNotWait);
  }

  /** The stop takes longer: this much from now on, unless that is said again. */
  stopsWithin(milliseconds: number, status: string): boolean {
    const extension = `EXTEND_TIMEOUT_USEC=${milliseconds * 1000}`;
    return this.send([extension, statusLine(status)], doesNotWait);
  }

  private send(lines: readonly string[], flags: number): boolean {
    const bytes = Buffer.from(lines.join("\n"));
    let sent: number;
    do sent = this.calls.sendto(this.descriptor, bytes, flags, this.address);
    while (sent < 0 && libc()?.errno() === interrupted);
    return sent === bytes.length;
  }

  private monotonicMicroseconds(): bigint {
    const time = new BigInt64Array(2);
    this.calls.clockGettime(clockMonotonic, time);
    return (time[0] ?? 0n) * 1_000_000n + (time[1] ?? 0n) / 1_000n;
  }
}

const afUnix = 1;
const sockDgram = 2;
const sockCloexec = 0o2000000;
const doNotSignal = 0x4000;
const doNotWait = 0x40;
const [waits, doesNotWait] = [doNotSignal, doNotSignal | doNotWait];
const clockMonotonic = 1;
const interrupted = 4;
/** sockaddr_un: the family's two bytes, then the path and a zero. */
const pathBytesMax = 108;

/** `null` for one that is too long. In an abstract address, a zero stands for the `@`. */
function unixAddress(place: string): Uint8Array | null {
  const path = Buffer.from(place);
  if (path[0] === at) path[0] = 0;
  if (path.length >= pathBytesMax) return null;
  const family = new Uint8Array(Uint16Array.of(afUnix).buffer);
  // An abstract name ends with the address, a path with a zero.
  const end = path[0] === 0 ? [] : [new Uint8Array(1)];
  return Buffer.concat([family, path, ...end]);
}

const at = 64;

/** Another process may have been meant: a parent that handed its environment on. */
function watchdogOf(env: Readonly<Record<string, string | undefined>>): number | null {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = env;
  if (pid !== undefined && pid !== String(process.pid)) return null;
  if (microseconds === undefined || !/^[1-9]\d{0,15}$/.test(microseconds)) return null;
  return Number(microseconds) / 1000;
}

/** One line, or it would be taken for several settings. */
function statusLine(status: string): string {
  return `STATUS=${status.replaceAll(/\s+/g, " ")}`;
}
