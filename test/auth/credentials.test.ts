/** Credentials from a file and from the environment, together. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { Credentials } from "../../src/auth/credentials.ts";
import { scratch } from "../cli/glockd.ts";
import { fileOf } from "./secrets.ts";

const environment = { name: "job", secret: "job-secret" };

describe("Credentials", () => {
  test("are not configured where nothing names any", () => {
    expect(new Credentials({ file: undefined, environment: undefined }).configured).toBe(false);
    expect(new Credentials({ file: "x", environment: undefined }).configured).toBe(true);
    expect(new Credentials({ file: undefined, environment }).configured).toBe(true);
  });

  test("of the environment are one that may lock anything, with a hash of its secret", async () => {
    const credentials = new Credentials({ file: undefined, environment });
    const [known, ...others] = await credentials.load();
    expect([known?.credential, others]).toEqual([{ name: "job", role: "lock", prefixes: [] }, []]);
    expect(known?.hash).toStartWith("$argon2id$");
    expect(await Bun.password.verify("job-secret", known!.hash)).toBe(true);
    expect(await credentials.load()).toEqual([known!]);
  });

  test("of both are all of them, unless they have a name in common", async () => {
    await using room = scratch();
    const file = room.path("auth");
    const credentials = new Credentials({ file, environment });
    writeFileSync(file, await fileOf({ name: "ops", role: "admin" }));
    const names = (await credentials.load()).map(({ credential }) => credential.name);
    expect(names).toEqual(["ops", "job"]);
    writeFileSync(file, await fileOf({ name: "job" }));
    await expect(credentials.load()).rejects.toThrow(
      `${file} has a credential job, and so has AUTH_USER; rename one`,
    );
  });

  test("of the environment need a name that can be sent", async () => {
    const spaced = { name: "a b", secret: "x" };
    const credentials = new Credentials({ file: undefined, environment: spaced });
    await expect(credentials.load()).rejects.toThrow("AUTH_USER is no name: 1 to 64 printable");
  });

  test("that cannot be read are told with their file and the reason", async () => {
    await using room = scratch();
    const file = room.path("missing");
    await expect(new Credentials({ file, environment: undefined }).load()).rejects.toThrow(
      `cannot read the credentials in ${file}: no such file or directory (ENOENT)`,
    );
  });
});
