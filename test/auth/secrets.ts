/** Credentials for tests: hashes that cost next to nothing to check. */
import type { Credential } from "../../src/auth/authority.ts";
import type { Known } from "../../src/auth/verifier.ts";

/** Its argon2id hash with the least memory and time. */
export function cheapHash(secret: string): Promise<string> {
  return Bun.password.hash(secret, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
}

/** Somebody whose secret is `NAME-secret`. */
export async function known(credential: Partial<Credential> & { name: string }): Promise<Known> {
  const { name, role = "lock", prefixes = [] } = credential;
  return { credential: { name, role, prefixes }, hash: await cheapHash(`${name}-secret`) };
}

/** The text of a file with these. */
export async function fileOf(
  ...credentials: readonly (Partial<Credential> & { name: string })[]
): Promise<string> {
  const lines = credentials.map(async (one) => {
    const { credential, hash } = await known(one);
    return [credential.role, credential.name, hash, ...credential.prefixes].join(" ");
  });
  return `${(await Promise.all(lines)).join("\n")}\n`;
}
