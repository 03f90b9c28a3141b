/** Who wants locks, and which: what the reference keeps. */

export type Mode = "exclusive" | "shared";

/** One peer's wish for one lock, held or not. */
export interface Request {
  /** `undefined` once it outlives its connection. */
  peer: Peer | undefined;
  /** Who took it, to be told if it is lost. */
  readonly taker: Peer;
  readonly mode: Mode;
  readonly name: string;
  readonly key: string | undefined;
  readonly requestor: string | undefined;
  /** Of a shared lock; 0 is none. */
  readonly limit: number;
  held: boolean;
  count: number;
  fence: number;
  since: Date;
  expires: Date | undefined;
  timer: Timer | undefined;
  /** Tells who waits how it ended. */
  decided: ((outcome: Outcome) => void) | undefined;
}

export type Outcome = "granted" | "failed" | "deadlock";

/** What a new request is asked with. */
export type Wish = Pick<Request, "mode" | "name" | "key" | "requestor" | "limit">;

/** A connection. */
export interface Peer {
  readonly address: string;
  readonly administrator: boolean;
  /** Puts one whole reply, line endings included. */
  readonly tell: (reply: string) => void;
  /** Ends the connection from the server's side. */
  readonly drop: () => void;
  name: string | undefined;
  /** Nothing more comes from it: waits end, the rest is still answered. */
  inputEnded: boolean;
  gone: boolean;
  /** The untagged wait, and what stands behind it. */
  blockedBy: Request | undefined;
  backlog: string[];
  readonly tags: Map<string, Request>;
  notified: boolean;
  beatMilliseconds: number;
  beatTimer: Timer | undefined;
}
