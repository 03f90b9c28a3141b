/** Whether somebody is looking. */
import { libc } from "./libc.ts";

/** Whether that descriptor is a terminal. Through the C library: `node:tty` takes 10 ms to load. */
export function isTerminal(descriptor: number): boolean {
  const c = libc();
  if (c !== undefined) return c.isatty(descriptor) === 1;
  const { isatty } = require("node:tty") as typeof import("node:tty");
  return isatty(descriptor);
}
