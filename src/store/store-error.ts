/** Why a store cannot be used; the message is for people: what, where, what to do. */

/**
 * `damaged`: something that was there cannot be read, or is missing. `held`: another
 * process uses it. `newer`: a later glockd wrote it. `unusable`: the directory cannot be
 * used as one.
 */
export type StoreFault = "damaged" | "held" | "newer" | "unusable";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** A damaged store, with what can be done about it; `what` names the file. */
export function damaged(directory: string, what: string): StoreError {
  return new StoreError(
    "damaged",
    `the store ${directory} is damaged: ${what}; nothing in it was changed. ` +
      `\`glockd store check ${directory}\` tells more, \`glockd store dump ${directory}\` prints ` +
      `what can be read, \`glockd store repair ${directory}\` makes a new store of that and keeps this one beside it`,
  );
}
