/** What the exit status of `glockd` tells. */
export const exitStatus = Object.freeze({
  /** Stopped by SIGTERM or SIGINT, or did what was asked. */
  stopped: 0,
  /** A listener could not be opened. */
  listenFailed: 1,
  /** The command line or a variable cannot be followed. */
  usage: 2,
  /** The store is damaged, newer than this glockd, in use by another process, or cannot be used. */
  storeUnusable: 5,
  /** A bug in glockd itself (EX_SOFTWARE of sysexits). */
  bug: 70,
  /** Cut short by a second signal, as a shell reports a process that a signal ended. */
  signalled: (signal: number) => 128 + signal,
});
