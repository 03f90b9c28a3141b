/** What is told of somebody who was refused for who they are: never a secret, never a key. */

export interface Denial {
  /** `1.2.3.4:5678`, `unix:7` */
  readonly client: string;
  /** Who it is, or, of a wrong secret, whose name was given; `null` when that is nobody known. */
  readonly credential: string | null;
  /** Of the line protocol, or an HTTP method and route: `POST /v1/locks/{name}`; unless the lock says it. */
  readonly command?: string;
  /** The lock that was asked for, where that is known. */
  readonly lock?: Uint8Array | undefined;
  readonly reason: string;
}

/** Whoever keeps a record of them. */
export type TellDenial = (denial: Denial) => void;
