/** Other certificates while clients come, stay and go: nobody notices but newcomers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { listenerOverlapMilliseconds } from "../../../src/limits.ts";
import { type Fields, silent } from "../../../src/log.ts";
import { FakeClock } from "../../clock.ts";
import { LineClient } from "../../peers/line-client.ts";
import { WebClient } from "../../peers/web-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { testMilliseconds, within } from "../../wait-for.ts";
import { type Pair, withoutOpenssl, type Workshop, workshop } from "./certificates.ts";
import { trusting } from "./encrypted.ts";

let shop: Workshop;
let old: Pair;
let fresh: Pair;

beforeAll(() => {
  shop = workshop();
  if (withoutOpenssl !== undefined) return;
  [old, fresh] = [shop.selfSigned("old"), shop.selfSigned("new")];
});
afterAll(async () => await shop[Symbol.asyncDispose]());

interface Scene extends AsyncDisposable {
  readonly server: ServerHere;
  readonly clock: FakeClock;
  readonly logged: (readonly [event: string, fields: Fields])[];
  readonly cert: string;
  /** Puts these files in the place of the server's, and has them reread. */
  use(pair: Pair): Promise<void>;
  /** The first listener has gone, and the second is the only one. */
  settle(): void;
}

async function scene(): Promise<Scene> {
  const [cert, key] = [shop.path("server.crt"), shop.path("server.key")];
  const install = (pair: Pair): void => {
    copyFileSync(pair.cert, cert);
    copyFileSync(pair.key, key);
  };
  install(old);
  const clock = new FakeClock(Date.now());
  const logged: (readonly [string, Fields])[] = [];
  const keep = (event: string, fields: Fields = {}): void => void logged.push([event, fields]);
  const logger = { ...silent, info: keep, warn: keep, error: keep };
  const server = await startHere({ tls: { cert, key } }, { clock, logger });
  return {
    server,
    clock,
    logged,
    cert,
    use: (pair) => {
      install(pair);
      return server.reload();
    },
    settle: () => clock.advance(listenerOverlapMilliseconds),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The common name that a newcomer is shown. */
function shown({ port }: { port: number }): Promise<string> {
  const asked = new Promise<string>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
  return within("a handshake", asked);
}

/** Comes, asks and goes, one connection after another, until told to stop. */
class Visitor {
  visits = 0;
  readonly #visiting: Promise<void>;
  #stopped = false;

  constructor(visit: () => Promise<void>) {
    this.#visiting = this.#go(visit);
    // Whoever waits for the end is told.
    this.#visiting.catch(() => {});
  }

  /** How often it came; rejects if it was refused once. */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#visiting;
    return this.visits;
  }

  async #go(visit: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await visit();
      this.visits += 1;
    }
  }
}

function visitors({ doors }: ServerHere): Visitor[] {
  const tcp = { ...doors.tcp, tls: trusting };
  const web = { ...doors.web, tls: trusting };
  const byLine = async (): Promise<void> => {
    const client = await LineClient.connect(tcp);
    expect(await client.ask("ping")).toBe("1 pong");
    client.socket.drop();
  };
  const byMessage = async (): Promise<void> => {
    const client = await WebClient.connect(web);
    expect(await client.ask("ping")).toBe("1 pong\n");
    await client.goodbye();
  };
  const byRequest = async (): Promise<void> => {
    const url = `https://127.0.0.1:${doors.web.port}/`;
    const response = await fetch(url, { tls: trusting, keepalive: false });
    expect(await response.text()).toStartWith("glockd");
  };
  return [byLine, byLine, byLine, byMessage, byMessage, byRequest].map((one) => new Visitor(one));
}

describe.skipIf(withoutOpenssl !== undefined)("New certificates", () => {
  test(
    "are shown to newcomers, while nobody is refused and whoever is there stays",
    async () => {
      await using stage = await scene();
      const { server, settle } = stage;
      const { tcp, web } = server.doors;
      const line = await LineClient.connect({ ...tcp, tls: trusting });
      const page = await WebClient.connect({ ...web, tls: trusting });
      await line.ask("g line");
      await page.ask("g page");
      const coming = visitors(server);
      const visitedBy = async (more: number): Promise<void> => {
        const goals = coming.map(({ visits }) => visits + more);
        while (coming.some(({ visits }, index) => visits < goals[index]!)) await shown(tcp);
      };
      for (const [pair, name] of [
        [fresh, "new"],
        [old, "old"],
        [fresh, "new"],
      ] as const) {
        await visitedBy(5);
        await stage.use(pair);
        expect([await shown(tcp), await shown(web)]).toEqual([name, name]);
        await visitedBy(5);
        settle();
        await visitedBy(5);
        expect([await shown(tcp), await shown(web)]).toEqual([name, name]);
      }
      for (const visitor of coming) expect(await visitor.stop()).toBeGreaterThanOrEqual(45);
      expect(await line.ask("i page")).toBe("1 Lock Is Locked: page");
      expect(await page.ask("i line")).toBe("1 Lock Is Locked: line\n");
    },
    testMilliseconds,
  );

  test(
    "that come while others take over are shown when those have",
    async () => {
      await using stage = await scene();
      const { tcp, web } = stage.server.doors;
      await stage.use(fresh);
      await stage.use(old);
      await stage.use(fresh);
      await stage.use(old);
      stage.settle();
      expect([await shown(tcp), await shown(web)]).toEqual(["old", "old"]);
      stage.settle();
      expect([await shown(tcp), await shown(web)]).toEqual(["old", "old"]);
    },
    testMilliseconds,
  );

  test(
    "that are no good leave the old ones, and the log says why",
    async () => {
      await using stage = await scene();
      const { server, logged, cert } = stage;
      for (const text of ["", "garbage", readFileSync(fresh.cert, "utf8")]) {
        writeFileSync(cert, text);
        await server.reload();
        expect(await shown(server.doors.tcp)).toBe("old");
        const [event, fields] = logged.at(-1)!;
        expect(event).toBe("certificates not reloaded: the old ones go on");
        expect(String(fields["reason"])).toContain(cert);
      }
      await stage.use(fresh);
      expect(await shown(server.doors.tcp)).toBe("new");
      expect(logged.at(-1)).toEqual([
        "certificates reloaded",
        { file: cert, expires: expect.stringMatching(/^\d{4}-/) },
      ]);
    },
    testMilliseconds,
  );

  test(
    "leave the port to this server alone",
    async () => {
      await using stage = await scene();
      await stage.use(fresh);
      const { port } = stage.server.doors.tcp;
      const takePort = () => Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
      expect(takePort).toThrow();
      stage.settle();
      expect(takePort).toThrow();
      await stage.server.stop();
      await expect(LineClient.connect(stage.server.doors.tcp)).rejects.toThrow();
    },
    testMilliseconds,
  );

  test(
    "do not keep a server from stopping in the middle",
    async () => {
      await using stage = await scene();
      const client = await LineClient.connect({ ...stage.server.doors.tcp, tls: trusting });
      await client.ask("ping");
      await stage.use(fresh);
      await within("the stop", stage.server.stop());
      await client.socket.whenEnded();
      stage.settle();
      await expect(LineClient.connect(stage.server.doors.tcp)).rejects.toThrow();
    },
    testMilliseconds,
  );

  test("that have expired are used, and warned about", async () => {
    await using stage = await scene();
    stage.clock.advance(40 * 86_400_000);
    await stage.use(fresh);
    expect(await shown(stage.server.doors.tcp)).toBe("new");
    expect(stage.logged.map(([event]) => event)).toContain("the certificate has expired");
  });
});
