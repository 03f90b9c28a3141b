/** `glockd hash`: what it prints for which input, and what nobody gets to see. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { checkedSecret } from "../../src/cli/hash.ts";
import { compiledBinary } from "../binary.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

async function hash(input: string, ...argv: readonly string[]) {
  const command = [await compiledBinary(), "hash", ...argv];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stdin: Buffer.from(input) });
  return { status: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe("glockd hash", () => {
  test.each(["correct-horse", "correct-horse\n", "correct-horse\r\n"])(
    "prints the argon2id hash of %p, its line end left out",
    async (input) => {
      const { status, stdout, stderr } = await hash(input);
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^\$argon2id\$v=19\$m=65536,t=2,p=1\$[^$]+\$[^$]+\n$/);
      expect(await Bun.password.verify("correct-horse", stdout.trim())).toBe(true);
    },
  );

  test.each([
    ["", "there is no secret on standard input"],
    ["\n", "there is no secret on standard input"],
    ["two words\n", "the secret has white space or control characters in it"],
    ["two\nlines\n", "the secret has white space or control characters in it"],
    ["\u0007", "the secret has white space or control characters in it"],
  ])("refuses %p with status 2", async (input, complaint) => {
    const { status, stdout, stderr } = await hash(input);
    expect(stderr).toContain(complaint);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).not.toContain("two");
  });

  test("takes no secret from the command line", async () => {
    const { status, stderr } = await hash("", "hunter2");
    expect(stderr).toContain("unexpected argument");
    expect(status).toBe(2);
  });

  test("prints its usage", async () => {
    const { status, stdout } = await hash("", "-help");
    expect(stdout).toContain("glockd hash");
    expect(status).toBe(0);
  });

  test("refuses what is no text", () => {
    expect(() => checkedSecret(Uint8Array.of(0xff, 0xfe))).toThrow("no UTF-8 text");
    expect(checkedSecret(Buffer.from("pässwörd🔑\n"))).toBe("pässwörd🔑");
  });

  test.skipIf(missing("python3") !== undefined)(
    "shows nothing of what is typed on a terminal, and lets it be corrected",
    async () => {
      const program = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], [sys.argv[1], "hash"])
said = b""
def read_until(mark):
    global said
    while mark not in said:
        said += os.read(terminal, 1000)
read_until(b"Secret: ")
os.write(terminal, "hunterx\\u00e9\\x7f\\x7f2\\r".encode())
read_until(b"$argon2id$")
try:
    while True:
        more = os.read(terminal, 1000)
        if not more:
            break
        said += more
except OSError:
    pass
_, status = os.waitpid(child, 0)
print(status, said.decode().replace("\\r", ""), end="")
`;
      const argv = ["python3", "-c", program, await compiledBinary()];
      const { stdout, stderr } = Bun.spawnSync(argv);
      const said = stdout.toString();
      expect(stderr.toString()).toBe("");
      expect(said).toStartWith("0 Secret: \n$argon2id$");
      expect(said).not.toContain("hunter");
      expect(await Bun.password.verify("hunter2", said.trim().split("\n").at(-1)!)).toBe(true);
    },
  );
});
