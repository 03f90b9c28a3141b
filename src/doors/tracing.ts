/** What -verbose tells of holds that end without their holders' asking; sessions tell the rest. */
import type { Happening, Watch } from "../core/table-state.ts";
import type { Fields, Logger } from "../log.ts";
import { printable, printableText } from "../protocol/printable.ts";
import type { Lobby, Owner } from "./lobby.ts";

/** Has holds traced, or not, by what the logger's level is when the result is called. */
export function endingsTracer(lobby: Lobby): () => void {
  const { logger, engine } = lobby;
  let unwatch: (() => void) | null = null;
  return () => {
    lobby.verbose = logger.verbose;
    if (logger.verbose) unwatch ??= engine.watch(tracedEndings(logger));
    else {
      unwatch?.();
      unwatch = null;
    }
  };
}

/** Holds that end without their holders' asking, for the log; sessions tell the rest. */
function tracedEndings(logger: Logger): Watch {
  const traced = new Set<Happening>(["orphaned", "lapsed", "freed"]);
  return (happening, { mode, name, owner }) => {
    if (!traced.has(happening)) return;
    const lock = printable({ bytes: name, start: 0, end: name.length });
    logger.trace(happening, { mode, lock, ...shown(owner as Owner | null) });
  };
}

/** As sessions tell it of what they are asked. */
function shown(owner: Owner | null): Fields {
  if (owner === null) return {};
  const { address: client, label } = owner;
  return label === client ? { client } : { client, name: printableText(label) };
}
