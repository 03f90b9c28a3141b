/** Who is taken for whom, what it costs, and what is said about it. */
import { describe, expect, spyOn, test } from "bun:test";
import { Verifier } from "../../src/auth/verifier.ts";
import { type Fields, type Logger, silent } from "../../src/log.ts";
import { FakeClock } from "../clock.ts";
import { turn } from "../wait-for.ts";
import { known } from "./secrets.ts";

const ops = await known({ name: "ops", role: "admin" });
const deploy = await known({ name: "deploy", prefixes: ["deploy/"] });

interface Scene {
  readonly verifier: Verifier;
  readonly clock: FakeClock;
  readonly logged: (readonly [string, Fields | undefined])[];
}

function scene(): Scene {
  const clock = new FakeClock();
  const logged: (readonly [string, Fields | undefined])[] = [];
  const keep = (event: string, fields?: Fields): void => void logged.push([event, fields]);
  const logger: Logger = { ...silent, warn: keep, error: keep };
  return { verifier: new Verifier([ops, deploy], { clock, logger }), clock, logged };
}

/** How many argon2id hashes were computed while `run` ran. */
async function hashesOf(run: () => Promise<unknown>): Promise<number> {
  const verify = spyOn(Bun.password, "verify");
  try {
    await run();
    return verify.mock.calls.length;
  } finally {
    verify.mockRestore();
  }
}

/** Whether it is answered only when the clock has moved by a second. */
async function waitsASecond(clock: FakeClock, verify: Promise<unknown>): Promise<boolean> {
  let answered = false;
  const watch = async (): Promise<void> => {
    await verify;
    answered = true;
  };
  const watching = watch();
  await turn();
  const waited = !answered;
  clock.advance(1000);
  await watching;
  return waited;
}

describe("Verifier", () => {
  test("knows whose secret it is", async () => {
    const { verifier, logged } = scene();
    expect(await verifier.verify("ops", "ops-secret", "a:1")).toBe(ops.credential);
    expect(await verifier.verify("deploy", "deploy-secret", "a:2")).toBe(deploy.credential);
    expect(logged).toEqual([]);
  });

  test.each([
    ["ops", "deploy-secret"],
    ["ops", ""],
    ["ops", "ops-secret "],
    ["ops", "OPS-SECRET"],
    ["nobody", "ops-secret"],
    ["", "ops-secret"],
    ["OPS", "ops-secret"],
    ["ops", ops.hash],
    ["__proto__", "ops-secret"],
  ])("knows nobody by %p with %p", async (name, secret) => {
    const { verifier } = scene();
    expect(await verifier.verify(name, secret, "a:1")).toBe(null);
  });

  test("computes a hash for an unknown name as for a wrong secret", async () => {
    const { verifier } = scene();
    expect(await hashesOf(() => verifier.verify("nobody", "x", "a:1"))).toBe(1);
    expect(await hashesOf(() => verifier.verify("ops", "x", "b:1"))).toBe(1);
  });

  test("computes the hash of a right secret once, whoever shows it again", async () => {
    const { verifier } = scene();
    expect(await hashesOf(() => verifier.verify("ops", "ops-secret", "a:1"))).toBe(1);
    expect(await hashesOf(() => verifier.verify("ops", "ops-secret", "a:1"))).toBe(0);
    expect(await hashesOf(() => verifier.verify("ops", "ops-secret", "b:7"))).toBe(0);
    // Another name with the same secret is another one.
    expect(await hashesOf(() => verifier.verify("deploy", "ops-secret", "b:7"))).toBe(1);
  });

  test("remembers a connection while others of its address are slowed down", async () => {
    const { verifier, clock } = scene();
    await verifier.verify("ops", "ops-secret", "a:1");
    for (const port of [2, 3, 4]) await verifier.verify("ops", "wrong", `a:${port}`);
    expect(await verifier.verify("ops", "ops-secret", "a:1")).toBe(ops.credential);
    expect(await waitsASecond(clock, verifier.verify("ops", "ops-secret", "a:5"))).toBe(true);
  });

  test("forgets a connection that shows something else: nobody can try secrets there", async () => {
    const { verifier, clock } = scene();
    await verifier.verify("ops", "ops-secret", "a:1");
    for (let time = 0; time < 3; time++) await verifier.verify("ops", "wrong", "a:1");
    expect(await waitsASecond(clock, verifier.verify("ops", "ops-secret", "a:1"))).toBe(true);
  });

  test("slows down guesses that are right as it does those that are wrong", async () => {
    const { verifier, clock } = scene();
    await verifier.verify("ops", "ops-secret", "b:1");
    for (let time = 0; time < 3; time++) await verifier.verify("ops", `guess ${time}`, "a:1");
    const guess = verifier.verify("ops", "ops-secret", "a:1");
    expect(await waitsASecond(clock, guess)).toBe(true);
    expect(await guess).toBe(ops.credential);
  });

  test("logs what failed with its address, a name only if there is one, never a secret", async () => {
    const { verifier, logged } = scene();
    await verifier.verify("ops", "hunter2", "10.0.0.7:41034");
    await verifier.verify("hunter2", "x", "10.0.0.7:41034");
    const reason = "wrong name or secret";
    const client = "10.0.0.7:41034";
    expect(logged).toEqual([
      ["authentication failed", { client, credential: "ops", reason }],
      ["authentication failed", { client, credential: undefined, reason }],
    ]);
  });

  test("knows from a replacement on who is there then, with the secrets of then", async () => {
    const { verifier } = scene();
    await verifier.verify("ops", "ops-secret", "a:1");
    await verifier.verify("deploy", "deploy-secret", "a:2");
    const changed = { ...(await known({ name: "other" })), credential: deploy.credential };
    verifier.replace([changed]);
    expect(await verifier.verify("ops", "ops-secret", "a:1")).toBe(null);
    expect(await verifier.verify("deploy", "deploy-secret", "a:2")).toBe(null);
    expect(await verifier.verify("deploy", "other-secret", "b:3")).toBe(deploy.credential);
    expect(verifier.ofCommonName("ops")).toBe(null);
    expect(verifier.ofCommonName("deploy")).toBe(deploy.credential);
  });

  test("denies what is no longer right when its hash is computed", async () => {
    const { verifier } = scene();
    const asked = verifier.verify("ops", "ops-secret", "a:1");
    verifier.replace([deploy]);
    expect(await asked).toBe(null);
  });

  test("denies, and says so, when a stored hash cannot be used", async () => {
    const { verifier, logged } = scene();
    const hash = "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA";
    verifier.replace([{ credential: ops.credential, hash }]);
    expect(await verifier.verify("ops", "ops-secret", "a:1")).toBe(null);
    expect(logged.map(([event]) => event)).toContain(
      "a stored secret cannot be used; make it anew with glockd hash",
    );
  });

  test("computes few hashes at a time", async () => {
    const { verifier } = scene();
    let now = 0;
    let most = 0;
    const verify = spyOn(Bun.password, "verify").mockImplementation(async () => {
      most = Math.max(most, ++now);
      await turn();
      now--;
      return false;
    });
    const addresses = Array.from({ length: 20 }, (_, index) => `10.0.0.${index}:1`);
    await Promise.all(addresses.map((address) => verifier.verify("ops", "x", address)));
    expect([most, verify.mock.calls.length]).toEqual([2, 20]);
    verify.mockRestore();
  });
});
