/** Which servers listen before they are loaded. */
import type { Config } from "../../config.ts";
import { type ListeningSocket, listenOn } from "../../system/listening/listening-socket.ts";

/**
 * A socket that listens on the TCP port of a server that is still to be loaded, which takes
 * longer than all the rest of a start. `null` when it is to listen later: because it has to
 * look at files first, which may be no good or take long; because somebody else has opened
 * its port (`handed`); or because Bun has to do it.
 */
export function listenEarly(config: Config, handed: boolean): ListeningSocket | null {
  const { port, store, unix, tls, audit, authFile, authEnvironment } = config;
  const files = [unix, tls, audit, authFile, authEnvironment];
  const looks = store.kind !== "memory" || files.some((file) => file !== undefined);
  if (handed || looks || port === 0 || port === "any") return null;
  return listenOn({ ...config, port });
}
