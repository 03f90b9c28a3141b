/**
 * The file of credentials, one a line:
 *
 *     # role   name     secret (as `glockd hash` prints it)   lock-name prefixes
 *     lock     deploy   $argon2id$…                           deploy/ release/
 *
 * Invariant: a file is taken whole or not at all, and no message shows a secret.
 */
import { type Role, roles } from "./authority.ts";
import { UnusableFile } from "./unusable-file.ts";
import type { Known } from "./verifier.ts";

/** A colon ends the name where it is sent; what is not printed could not be typed. */
const nameShape = /^[!-9;-~]{1,64}$/;
const hashShape =
  /^\$argon2id\$v=19\$m=\d{1,8},t=\d{1,4},p=\d{1,3}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}$/;

/** @throws UnusableFile that names `file`, the line, and what is wrong with it. */
export function parseCredentials(text: string, file: string): Known[] {
  const found = new Map<string, { line: number; known: Known }>();
  text.split("\n").forEach((content, index) => {
    const line = index + 1;
    const words = content.split(/[ \t\r]+/).filter((word) => word !== "");
    if (words.length === 0 || words[0]!.startsWith("#")) return;
    const complain = (what: string): never => {
      throw new UnusableFile(`${file}, line ${line}: ${what}`);
    };
    const known = readLine(words, complain);
    const { name } = known.credential;
    const earlier = found.get(name);
    if (earlier !== undefined) complain(`${name} is on line ${earlier.line} already`);
    found.set(name, { line, known });
  });
  if (found.size === 0) {
    throw new UnusableFile(`${file} has no credential in it, so nobody could do anything`);
  }
  return [...found.values()].map(({ known }) => known);
}

/** Whether it can be the name of a credential. */
export function isCredentialName(name: string): boolean {
  return nameShape.test(name);
}

/** What a name has to be, for whoever gave another. */
export const nameRule = "1 to 64 printable ASCII characters, none of them a space or a colon";

function readLine(words: readonly string[], complain: (what: string) => never): Known {
  const [role = "", name = "", hash = "", ...prefixes] = words;
  if (!isRole(role)) return complain(`the first word has to be a role: ${roles.join(", ")}`);
  if (!isCredentialName(name)) return complain(`the second word has to be a name: ${nameRule}`);
  if (!hashShape.test(hash)) {
    return complain(
      `the third word has to be the secret of ${name} as \`glockd hash\` prints it, an argon2id hash`,
    );
  }
  if (prefixes.length > 0 && role !== "lock") {
    return complain(`only lock has prefixes, and ${name} is ${role}`);
  }
  const latin1 = prefixes.map((prefix) => Buffer.from(prefix, "utf8").toString("latin1"));
  return { credential: { name, role, prefixes: latin1 }, hash };
}

function isRole(word: string): word is Role {
  return (roles as readonly string[]).includes(word);
}
