/** The words of a lock's record. Plain constants, so that the compiler folds them. */

/** 16 words: a cache line, with the names that most locks have in it. */
export const wordBits = 4;

/** The name's hash; the slab's own link while the record is free. */
export const hash = 0;
/** The next lock in the same bucket. */
export const link = 1;
/** First request of the list; 0 marks a record that is no lock. */
export const first = 2;
export const last = 3;
/** The first request that waits; 0 when all hold. */
export const waiting = 4;
/** How many requests hold. */
export const holders = 5;
/** How many requests wait. */
export const waiters = 6;
/** Reference into the NameStore, of a name that is too long for the record. */
export const longName = 7;

/** The rest is bytes: the name's length, or `nameIsLong`, … */
export const nameLengthByte = 32;
/** … and a short name. */
export const nameByte = 33;
export const shortNameBytesMax = 31;
export const nameIsLong = 255;
