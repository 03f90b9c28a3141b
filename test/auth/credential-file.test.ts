/** The file of credentials: what it may look like, and what is said about one that does not. */
import { describe, expect, test } from "bun:test";
import { parseCredentials } from "../../src/auth/credential-file.ts";
import { UnusableFile } from "../../src/auth/unusable-file.ts";

const salt = "c2FsdHNhbHRzYWx0c2FsdA";
const hash = `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${"aGFz".repeat(10)}`;

function complaint(text: string): string {
  try {
    parseCredentials(text, "/etc/glockd/auth");
  } catch (error) {
    if (error instanceof UnusableFile) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe("parseCredentials", () => {
  test("reads one credential a line, between comments and blank lines", () => {
    const text = `# role name secret\n\nadmin ops ${hash}\r\n \t \n  # more\nlock\tdeploy   ${hash}  deploy/ release/ \nread grafana ${hash}`;
    expect(parseCredentials(text, "auth")).toEqual([
      { credential: { name: "ops", role: "admin", prefixes: [] }, hash },
      { credential: { name: "deploy", role: "lock", prefixes: ["deploy/", "release/"] }, hash },
      { credential: { name: "grafana", role: "read", prefixes: [] }, hash },
    ]);
  });

  test("takes what glockd hash prints", async () => {
    const real = await Bun.password.hash("secret", "argon2id");
    expect(parseCredentials(`lock a ${real}`, "auth")[0]?.hash).toBe(real);
  });

  test("gives prefixes as the bytes that names have", () => {
    const [known] = parseCredentials(`lock a ${hash} é/`, "auth");
    expect(known?.credential.prefixes).toEqual(["\xc3\xa9/"]);
  });

  test.each([
    [`lok a ${hash}`, "line 1: the first word has to be a role: read, lock, admin"],
    [`\n# x\nLock a ${hash}`, "line 3: the first word has to be a role"],
    [`lock a:b ${hash}`, "line 1: the second word has to be a name"],
    [`lock`, "line 1: the second word has to be a name"],
    [`lock ${"n".repeat(65)} ${hash}`, "line 1: the second word has to be a name"],
    [`lock a`, "line 1: the third word has to be the secret of a as `glockd hash` prints it"],
    [`lock a hunter2`, "line 1: the third word has to be the secret of a"],
    [`lock a ${hash.replace("argon2id", "argon2i")}`, "line 1: the third word"],
    [`lock a $2b$10$abcdefghijklmnopqrstuv`, "line 1: the third word"],
    [`read a ${hash} deploy/`, "line 1: only lock has prefixes, and a is read"],
    [`admin a ${hash} deploy/`, "line 1: only lock has prefixes, and a is admin"],
    [`lock a ${hash}\nread b ${hash}\nread a ${hash}`, "line 3: a is on line 1 already"],
  ])("refuses %p", (text, what) =>
    expect(complaint(text)).toStartWith(`/etc/glockd/auth, ${what}`),
  );

  test("refuses a file without any credential", () => {
    for (const text of ["", "\n", "# admin ops\n"])
      expect(complaint(text)).toBe(
        "/etc/glockd/auth has no credential in it, so nobody could do anything",
      );
  });

  test("never repeats what might be a secret", () => {
    for (const text of ["hunter2", "lock hunter2:x y", "lock a hunter2", "hunter2 lock a"])
      expect(complaint(text)).not.toContain("hunter2");
  });
});
