/**
 * Node's modules that a server needs, but not before it listens. In Bun 1.4 each takes
 * milliseconds to load, used or not, so they are loaded with their first use.
 */

/** Kept, for each `require` takes 0.2 µs more than a line of the log should. */
let loadedFs: typeof import("node:fs") | undefined;

export function fs(): typeof import("node:fs") {
  return (loadedFs ??= require("node:fs") as typeof import("node:fs"));
}

export function fsPromises(): typeof import("node:fs/promises") {
  return require("node:fs/promises") as typeof import("node:fs/promises");
}

export function util(): typeof import("node:util") {
  return require("node:util") as typeof import("node:util");
}
