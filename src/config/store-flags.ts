/**
 * The flag of `serve` that says where holds are kept that outlive their connections.
 * Invariant: what it says is one of the places there are, or refused.
 */
import { type Flag, UsageError } from "../flag.ts";

export const storeFlags = [
  {
    name: "store",
    kind: "string",
    default: "memory",
    value: "WHERE",
    env: true,
    help: "Where locks are kept that outlive their connections: memory, or file:DIR, a directory for this server alone, which brings them back after a restart.",
  },
] as const satisfies readonly Flag[];

/** Where they are kept. */
export type StorePlace =
  /** They end with the server. */
  { readonly kind: "memory" } | { readonly kind: "file"; readonly directory: string };

/** @throws UsageError */
export function storeOf(text: string): StorePlace {
  if (text === "memory") return { kind: "memory" };
  const [, directory] = /^file:(.+)$/s.exec(text) ?? [];
  if (directory !== undefined) return { kind: "file", directory };
  throw new UsageError(
    `-store: ${JSON.stringify(text)} is neither memory nor file:DIR, as in file:/var/lib/glockd`,
  );
}
