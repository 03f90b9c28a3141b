/** Servers and clients that speak TLS, and the programs that do. */
import type { FakeClock } from "../../clock.ts";
import { type ServerHere, startHere, type Wishes } from "../../server-in-process.ts";
import { within } from "../../wait-for.ts";
import type { Pair } from "./certificates.ts";

/** A client that takes any server for the right one. */
export const trusting: Bun.TLSOptions = { rejectUnauthorized: false };

/** Such a client with a certificate of its own. */
export function showing({ texts }: Pair): Bun.TLSOptions {
  return { ...trusting, ...texts };
}

/** A server with this certificate. */
export function serve(
  { cert, key }: Pair,
  options: { wishes?: Wishes; clock?: FakeClock } = {},
): Promise<ServerHere> {
  const { wishes, clock } = options;
  return startHere({ tls: { cert, key }, ...wishes }, clock === undefined ? {} : { clock });
}

/** Runs a program that a user has; its output, whatever its status. */
export async function output(argv: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([...argv], { stdin: Buffer.from(input), stdout: "pipe", stderr: "pipe" });
  const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
  return (await within(argv.join(" "), Promise.all(texts))).join("");
}
