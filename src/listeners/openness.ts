/** Whether strangers can reach a server that asks nobody who they are. */
import type { Logger } from "../log.ts";
import type { Listener } from "./listener.ts";

/** Warns of each listener that other machines can reach, by name. */
export function warnOfOpenness(listeners: readonly Listener[], logger: Logger): void {
  for (const { kind, address } of listeners.filter(isExposed)) {
    logger.warn("open to other machines without credentials", { kind, address });
  }
}

function isExposed({ kind, address }: Listener): boolean {
  return kind !== "unix" && !/^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):\d+$/.test(address);
}
