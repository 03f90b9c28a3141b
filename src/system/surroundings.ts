/**
 * What this process was started with, that a command which it starts is to find as well.
 * To be asked before anything is opened, or any signal handled. From /proc: elsewhere
 * nothing is known of descriptors and signals, and a terminal is what the standard
 * streams are.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isTerminal } from "./terminal.ts";

export interface Surroundings {
  /** Numbers of the signals that it was told to ignore, as nohup does with SIGHUP. */
  readonly ignored: readonly number[];
  /** Descriptors above the standard ones that it was given. */
  readonly descriptors: readonly number[];
  /** The limit of open descriptors before this runtime raised it, if that can be told. */
  readonly descriptorLimit: number | undefined;
  /** Whether a terminal controls this process. */
  readonly hasTerminal: boolean;
}

const signalMax = 31;
/** What this runtime ignores for itself: SIGPIPE and SIGXFSZ. */
const ownIgnored = new Set([13, 25]);

export function surroundings(): Surroundings {
  return {
    ignored: ignoredSignals(),
    descriptors: inherited(),
    descriptorLimit: limitOfParent(),
    hasTerminal: terminalOf().controlled,
  };
}

/** Whether keys typed at the terminal, Ctrl-C for one, reach this process. */
export function isInForeground(): boolean {
  return terminalOf().foreground;
}

function terminalOf(): { readonly controlled: boolean; readonly foreground: boolean } {
  const stat = contentOf("/proc/self/stat");
  if (stat === undefined) {
    const controlled = [0, 1, 2].some(isTerminal);
    return { controlled, foreground: controlled };
  }
  // Behind the name, which may have spaces and parentheses in it: state, parent, …
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, , group, , terminal, foregroundGroup] = fields;
  const controlled = terminal !== "0";
  return { controlled, foreground: controlled && group === foregroundGroup };
}

function ignoredSignals(): number[] {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(contentOf("/proc/self/status") ?? "")?.[1];
  const bits = BigInt(`0x${mask ?? "0"}`);
  const numbers = Array.from({ length: signalMax }, (_, index) => index + 1);
  return numbers.filter(
    (signal) => !ownIgnored.has(signal) && (bits & (1n << BigInt(signal - 1))) !== 0n,
  );
}

/** All that is open and not this runtime's own: events, timers, the directory that is read. */
function inherited(): number[] {
  const directory = "/proc/self/fd";
  try {
    return readdirSync(directory)
      .map(Number)
      .filter((descriptor) => descriptor > 2 && isForeign(`${directory}/${descriptor}`));
  } catch {
    return [];
  }
}

function isForeign(link: string): boolean {
  try {
    const target = readlinkSync(link);
    return !/^anon_inode:|^\/proc\/|^\/memfd:/.test(target) && target !== process.execPath;
  } catch {
    return false;
  }
}

/** The parent's, if the hard limits are the same: then nobody has set ours in between. */
function limitOfParent(): number | undefined {
  const [own, parent] = ["self", process.ppid].map((id) =>
    /^Max open files\s+(\d+)\s+(\d+)/m.exec(contentOf(`/proc/${id}/limits`) ?? ""),
  );
  return own && parent && own[2] === parent[2] && own[1] !== parent[1]
    ? Number(parent[1])
    : undefined;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
