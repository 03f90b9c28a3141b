/** A file that the server was given and cannot use. */

/** The message is for people: which file, where in it, what is wrong, and what to do. */
export class UnusableFile extends Error {
  override readonly name = "UnusableFile";
}
