/** The words and doubles of a request's record, and the states that it can be in. */

/** 8 words. */
export const wordBits = 3;

/** Which lock; the slab's own link while the record is free. */
export const lock = 0;
export const session = 1;
/** Neighbours in the lock's list. */
export const previous = 2;
export const next = 3;
/** Neighbours in the session's list. */
export const sessionPrevious = 4;
export const sessionNext = 5;
/** The next holder in the same bucket of the holders' index. */
export const link = 6;
export const state = 7;

/** Doubles: the fence, and since when it holds in wall-clock milliseconds. */
export const fence = 0;
export const since = 1;

/** States: holds alone or shared; holds under a key; waits. */
export const held = 0;
export const keyed = 1;
export const waiting = 2;
