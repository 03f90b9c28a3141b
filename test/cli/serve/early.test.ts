/** Which servers listen before they are loaded, and what becomes of the port when they fail. */
import { describe, expect, test } from "bun:test";
import { listenEarly } from "../../../src/cli/serve/early.ts";
import { Service } from "../../../src/cli/serve/service.ts";
import { defaultConfig, parseServeFlags } from "../../../src/config.ts";
import { silent } from "../../../src/log.ts";
import { LineClient } from "../../peers/line-client.ts";
import { freePort } from "../../server-process.ts";

const host = "127.0.0.1";
const quiet = { data() {} };

describe.skipIf(process.platform !== "linux")("listenEarly", () => {
  test("listens for a server that keeps and reads nothing", async () => {
    const port = freePort();
    const early = listenEarly(defaultConfig({ host, port }), false);
    (await LineClient.connect({ port })).socket.drop();
    early?.close();
  });

  test.each([
    ["has a unix socket", { unix: "/tmp/socket" }],
    ["speaks TLS", { tls: { cert: "cert", key: "key" } }],
    ["has an audit log", { audit: "/tmp/audit" }],
    ["has credentials", { authFile: "/tmp/auth" }],
    ["has a credential of the environment's", { authEnvironment: { name: "a", secret: "b" } }],
    ["keeps holds", { store: { kind: "file", directory: "/tmp/store" } }],
  ] as const)("leaves it to a server that %s", (_, wishes) => {
    expect(listenEarly(defaultConfig({ host, port: freePort(), ...wishes }), false)).toBeNull();
  });

  test("leaves it to a server that was handed its sockets, or has no port, or any", () => {
    expect(listenEarly(defaultConfig({ host, port: freePort() }), true)).toBeNull();
    expect(listenEarly(defaultConfig({ host, port: 0 }), false)).toBeNull();
    expect(listenEarly(defaultConfig({ host, port: "any" }), false)).toBeNull();
  });

  test.each(["cannot read the credentials", "cannot listen on"])(
    "a server that %s lets nobody in any more",
    async (reason) => {
      using other = Bun.listen({ hostname: host, port: 0, socket: quiet });
      const config = defaultConfig({ host, port: freePort() });
      const early = listenEarly(config, false);
      const wishes = reason.includes("listen") ? { ws: other.port } : { authFile: "/nowhere/a" };
      const flags = parseServeFlags([], {});
      if (flags.request !== "run") throw new Error("it was not asked for help");
      const settings = { ...flags, config: { ...config, ...wishes }, envFile: undefined };
      const sources = { argv: [], environment: {}, handed: false };
      const options = { sources, logger: { ...silent, setLevel: () => {} }, manager: null, early };
      await expect(Service.start(settings, options)).rejects.toThrow(reason);
      await expect(LineClient.connect({ port: Number(config.port) })).rejects.toThrow();
    },
  );
});
