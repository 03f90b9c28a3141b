/** Connections without a socket to a server in the same process. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { defaultConfig } from "../../src/config.ts";
import type { InProcessConnection, InProcessPeer } from "../../src/doors/in-process.ts";
import { defaultLimits } from "../../src/limits.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { Changes, testMilliseconds, within } from "../wait-for.ts";

/** A peer that keeps what it gets. */
class Peer implements InProcessPeer {
  text = "";
  isEnded = false;
  readonly changes = new Changes();
  readonly connection: InProcessConnection;

  constructor(server: RunningServer) {
    this.connection = server.connect(this);
  }

  receive(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
    this.changes.announce();
  }

  ended(): void {
    this.isEnded = true;
    this.changes.announce();
  }

  say(text: string): void {
    this.connection.send(Buffer.from(text));
  }

  /** Everything so far, once it ends with `ending`. */
  heard(ending: string): Promise<string> {
    return this.changes.until(`a reply that ends with ${JSON.stringify(ending)}`, () =>
      this.text.endsWith(ending) ? this.text : undefined,
    );
  }

  whenEnded(): Promise<true> {
    return this.changes.until("the end", () => this.isEnded || undefined);
  }
}

describe("A connection in the process", () => {
  test(
    "is one like any other, with an address of its own",
    async () => {
      const server = await startServer(defaultConfig());
      const [one, other] = [new Peer(server), new Peer(server)];
      one.say("g x\nme\n");
      expect(one.text).toBe("");
      expect(await one.heard("process:1\n")).toBe("1 Lock Get Success: x\n1 process:1 process:1\n");
      other.say("gw 60 x\n");
      other.say("d");
      other.say("\nme\n");
      one.connection.destroy();
      await one.whenEnded();
      const heard = await other.heard("process:2 process:2\n");
      expect(heard).toMatch(/^\d{16} Lock Get Success: x\nx: process:2\n1 process:2 process:2\n$/);
      await server.stop();
    },
    testMilliseconds,
  );

  test(
    "that says it is done has its replies and ends",
    async () => {
      const server = await startServer(defaultConfig());
      const [one, other] = [new Peer(server), new Peer(server)];
      one.say("g x\n");
      one.connection.end();
      await one.whenEnded();
      expect(one.text).toBe("1 Lock Get Success: x\n");
      other.say("i x\nq\n");
      const heard = await other.heard("shared_orphans: 0\n");
      expect(heard).toStartWith("0 Lock Not Locked: x\n");
      expect(heard).toContain("connections: 1\n");
      expect(heard).toContain("orphans: 1\n");
      await server.stop();
    },
    testMilliseconds,
  );

  test(
    "hears nothing once it has ended, and can say nothing",
    async () => {
      const server = await startServer(defaultConfig());
      const one = new Peer(server);
      one.say("g x\n");
      one.connection.destroy();
      one.say("g y\n");
      one.connection.destroy();
      one.connection.end();
      await one.whenEnded();
      const other = new Peer(server);
      other.say("i x\ni y\n");
      expect(await other.heard("y\n")).toBe("0 Lock Not Locked: x\n0 Lock Not Locked: y\n");
      expect(one.text).toBe("");
      await server.stop();
    },
    testMilliseconds,
  );

  test(
    "counts as a connection, and is refused like one",
    async () => {
      const limits = { ...defaultLimits, connectionsMax: 1 };
      const server = await startServer(defaultConfig({ limits }));
      const one = new Peer(server);
      const other = new Peer(server);
      await other.whenEnded();
      expect(other.text).toBe("0 Limit Reached: connections\n");
      other.say("me\n");
      one.connection.destroy();
      const third = new Peer(server);
      third.say("me\n");
      await third.heard("1 process:2 process:2\n");
      await server.stop();
    },
    testMilliseconds,
  );

  test(
    "is ended when the server stops, and told so",
    async () => {
      const server = await startServer(defaultConfig());
      const one = new Peer(server);
      one.say("g x\n");
      await server.stop();
      expect(one.text).toBe("1 Lock Get Success: x\n");
      expect(one.isEnded).toBe(true);
    },
    testMilliseconds,
  );

  test(
    "whose peer throws harms nobody else",
    async () => {
      // In a process of its own: the runner of tests takes every exception for itself.
      const program = `
        import { defaultConfig } from "./src/config.ts";
        import { startServer } from "./src/server.ts";
        process.on("uncaughtException", ({ message }) => console.log(message));
        const server = await startServer(defaultConfig());
        const fail = () => { throw new Error("a peer"); };
        const bad = server.connect({ receive: fail, ended: fail });
        bad.send(Buffer.from("g x\\n"));
        const receive = (bytes) => {
          console.log(Buffer.from(bytes).toString().trim());
          server.stop();
        };
        server.connect({ receive, ended: () => {} }).send(Buffer.from("i x\\n"));`;
      const root = join(import.meta.dir, "../..");
      const argv = [process.execPath, "-e", program];
      const child = Bun.spawn(argv, { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
      const printed = await within("the end of a program", new Response(child.stdout).text());
      expect(printed).toBe("a peer\n1 Lock Is Locked: x\na peer\n");
    },
    testMilliseconds,
  );
});
