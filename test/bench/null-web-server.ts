/**
 * The floor of HTTP: a bare `Bun.serve` that answers every request with the same constant.
 * Started as a process: the port is its argument.
 */
import { assert } from "../../src/assert.ts";

const port = Number(process.argv[2]);
assert(Number.isInteger(port) && port > 0, "the port is the only argument");

Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response("{}\n") });
