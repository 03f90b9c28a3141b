/**
 * What Bun reports of a socket. It brings what a handler throws to `error` as well, and that
 * is a bug of ours: it ends the server.
 */

/** Crashes on whatever does not come from the system. */
export function expectSystemError(error: Error): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && !code.startsWith("ERR_")) return;
  // Out of reach of whoever called the handler, and before anybody else is served.
  queueMicrotask(() => {
    throw error;
  });
}
