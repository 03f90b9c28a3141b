/**
 * Who is present. A session is a small number, so that a request can name it in one
 * word; the number is given again only when nothing of its last bearer is left.
 *
 * Invariant: a session is free, present, or gone with requests still to be removed;
 * what a gone session holds or waits for counts for nothing.
 */

/** 1 or more; 0 is nobody's connection: holds that outlive theirs. */
export type SessionId = number;

/** A session as it was at some time: its number may have been given to another since. */
export interface Bearer {
  readonly session: SessionId;
  readonly generation: number;
}

export const detachedSession: SessionId = 0;

/** `Owner` is whatever the outer rooms know a session as. */
export class Sessions<Owner = unknown> {
  private readonly owners: (Owner | null)[] = [null];
  private readonly generations: number[] = [0];
  private gone = new Uint8Array(64);
  private readonly free: SessionId[] = [];
  /** How many gone sessions there are whose requests are not all removed yet. */
  departing = 0;

  open(owner: Owner): SessionId {
    const id = this.free.pop() ?? this.owners.length;
    this.owners[id] = owner;
    this.generations[id] = (this.generations[id] ?? 0) + 1;
    if (id >= this.gone.length) {
      const gone = new Uint8Array(2 * this.gone.length);
      gone.set(this.gone);
      this.gone = gone;
    }
    return id;
  }

  /** From now on nothing is granted to it. */
  depart(id: SessionId): void {
    this.gone[id] = 1;
    this.departing++;
  }

  isGone(id: SessionId): boolean {
    return this.gone[id] === 1;
  }

  ownerOf(id: SessionId): Owner | null {
    return this.owners[id]!;
  }

  bearer(session: SessionId): Bearer {
    return { session, generation: this.generations[session]! };
  }

  /** Who that was, if it is still present. */
  ownerOfBearer({ session, generation }: Bearer): Owner | null {
    const same = this.generations[session] === generation && !this.isGone(session);
    return same ? this.ownerOf(session) : null;
  }

  /** A gone session has nothing left; its number may be given to another. */
  forget(id: SessionId): void {
    this.departing--;
    this.gone[id] = 0;
    this.owners[id] = null;
    this.free.push(id);
  }
}
