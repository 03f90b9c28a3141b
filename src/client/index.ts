/**
 * The client library, `import { connect } from "glockd"`: locks of a glockd server, from
 * Bun and Node.
 */
export type { AcquireOptions } from "./asking/acquisition.ts";
export {
  type Client,
  connect,
  type DetachedOptions,
  type ReadOptions,
  type Work,
} from "./client.ts";
export * from "./errors.ts";
export type { DetachedLock } from "./holds/detached-lock.ts";
export type { Handle } from "./holds/handle.ts";
export type { Lock } from "./holds/lock.ts";
export type { SharedLock } from "./holds/shared-lock.ts";
export type { HolderInfo, LockInfo, ServerVersion } from "./listings.ts";
export type { ConnectionState, ConnectOptions, TlsOptions } from "./options.ts";
export type { Semaphore } from "./holds/semaphore.ts";
