/** A bug behind a door ends the server: it must not go on granting locks. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const source = join(import.meta.dir, "..", "..", "src");

/** A server whose engine fails at the first packet; it says so if it lives on. */
const program = `
import { connect } from "node:net";
import { open } from "${source}/auth/authority.ts";
import { LocalEngine } from "${source}/engine/local.ts";
import { Lobby } from "${source}/doors/lobby.ts";
import { listenTcp } from "${source}/doors/tcp.ts";
import { systemClock } from "${source}/clock.ts";
import { defaultLimits } from "${source}/limits.ts";
import { silent } from "${source}/log.ts";
const engine = new LocalEngine({ limits: defaultLimits, clock: systemClock, seed: { low: 1, high: 2 } });
const features = { dump: true, registry: true };
const lobby = new Lobby({
  engine,
  authority: open,
  features,
  limits: defaultLimits,
  logger: silent,
  clock: systemClock,
});
const listener = listenTcp(lobby, { host: "127.0.0.1", port: 0, keepaliveSeconds: 0, tls: null, shared: false });
engine.acquire = () => { throw new Error("a bug"); };
process.on("uncaughtException", (error) => process.exit(error.message === "a bug" ? 70 : 1));
const client = connect(listener.port, "127.0.0.1", () => client.write("g foo\\n"));
client.on("close", () => process.exit(0));
client.on("data", () => process.exit(0));
`;

test("A bug while a TCP command is done ends the server", async () => {
  const server = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore" });
  expect(await server.exited).toBe(70);
}, 30_000);
