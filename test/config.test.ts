/** The flags of `serve` as a config: defaults, the other servers' spellings, relations. */
import { describe, expect, test } from "bun:test";
import { configured, defaultConfig, parseServeFlags } from "../src/config.ts";
import type { Config, ParsedConfig } from "../src/config.ts";
import { UsageError } from "../src/flags.ts";
import { defaultLimits, limitBounds } from "../src/limits.ts";
import { serveFlags } from "../src/config/serve-flags.ts";

function parse(argv: readonly string[], env: Record<string, string> = {}): ParsedConfig {
  return configured(parseServeFlags(argv, env), env);
}

function config(argv: readonly string[], env: Record<string, string> = {}): Config {
  const parsed = parse(argv, env);
  if (parsed.request !== "run") throw new Error(`asked for ${parsed.request}`);
  return parsed.config;
}

function complaint(...argv: string[]): string {
  try {
    config(argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}

describe("configured", () => {
  test("listens as the other servers do when nothing is said", () => {
    expect(config([])).toEqual({
      port: 9999,
      host: undefined,
      ws: 9998,
      unix: undefined,
      unixMode: 0o660,
      pidfile: undefined,
      authFile: undefined,
      authEnvironment: undefined,
      tls: undefined,
      registry: true,
      dump: true,
      keyedList: true,
      metricsOpen: false,
      allowOrigins: [],
      allowHosts: [],
      logLevel: "info",
      drainSeconds: 0,
      audit: undefined,
      logFormat: "auto",
      keepaliveSeconds: 10,
      userTimeoutSeconds: 20,
      limits: defaultLimits,
      store: { kind: "memory" },
    });
  });

  test("keeps what outlives connections where it is told to, and nowhere else", () => {
    expect(config(["-store", "memory"]).store).toEqual({ kind: "memory" });
    const directory = { kind: "file", directory: "/var/lib/glockd" } as const;
    expect(config(["-store", "file:/var/lib/glockd"]).store).toEqual(directory);
    expect(config([], { GLOCKD_STORE: "file:/var/lib/glockd" }).store).toEqual(directory);
    for (const place of ["file:", "/var/lib/glockd", "disk"]) {
      expect(complaint("-store", place)).toContain("neither memory nor file:DIR");
    }
  });

  test("reads a service file of the Go server", () => {
    const argv =
      "-port 7000 -ws=0 -unix /run/g.sock -pidfile /run/g.pid -registry=false -dump=0 -verbose";
    expect(config(argv.split(" "))).toMatchObject({
      port: 7000,
      ws: 0,
      unix: "/run/g.sock",
      pidfile: "/run/g.pid",
      registry: false,
      dump: false,
      logLevel: "verbose",
    });
  });

  test("reads the Node server's spellings", () => {
    const argv = "-t localhost:7000 -p /run/g.pid --disable-dump --disable-registry";
    expect(config(argv.split(" "))).toMatchObject({
      host: "localhost",
      port: 7000,
      pidfile: "/run/g.pid",
      dump: false,
      registry: false,
    });
    expect(config(["--pid-file=/run/g.pid"]).pidfile).toBe("/run/g.pid");
    expect(config(["--disable-dump=false"]).dump).toBe(true);
  });

  test.each([
    ["7000", undefined, 7000],
    ["0.0.0.0:7000", "0.0.0.0", 7000],
    [":7000", undefined, 7000],
    ["[::1]:7000", "::1", 7000],
    ["[fe80::1%eth0]:7000", "fe80::1%eth0", 7000],
    ["0", undefined, 0],
  ])("reads --tcp %p", (text, host, port) => {
    expect(config(["--tcp", text])).toMatchObject({ host, port });
  });

  test.each(["", "x", "localhost", "localhost:", "::1:7000", "[::1]", "a:b:1", "1.2.3.4:70000"])(
    "refuses --tcp %p",
    (text) => expect(complaint("--tcp", text)).toStartWith("--tcp: "),
  );

  test.each(["127.0.0.1:9999", "localhost:", "[::1]", "[::1]:9999", ":9999"])(
    "refuses -host %p, which clients would understand",
    (host) => {
      expect(() => config(["-host", host])).toThrow(/is more than an address/);
      expect(() => config([], { GLOCKD_HOST: host })).toThrow(/is more than an address/);
    },
  );

  test("leaves the host alone when --tcp gives only a port", () => {
    expect(config(["-host", "::1", "-t", "7000"]).host).toBe("::1");
  });

  test("refuses to listen on nothing", () => {
    expect(complaint("-port", "0", "-ws", "0")).toContain("nothing to listen on");
    expect(complaint("-port=0", "-ws=0", "-unix=")).toContain("nothing to listen on");
    expect(config(["-port=0", "-ws=0", "-unix", "/run/g.sock"]).port).toBe(0);
  });

  test("refuses one port for two listeners", () => {
    expect(complaint("-port=7000", "-ws=7000")).toContain("-port and -ws are both 7000");
  });

  test("refuses names that fit in no line", () => {
    expect(complaint("-max-name", "8192")).toBe(
      "-max-name (8192) must be less than -max-line (8192)",
    );
    expect(complaint("-max-line", "100", "-max-key", "100")).toContain("-max-key (100)");
    expect(config(["-max-name", "8191"]).limits.nameBytesMax).toBe(8191);
  });

  test("shortens names that nobody set to what fits in the line", () => {
    const { limits } = config(["-max-line", "100"]);
    expect([limits.lineBytesMax, limits.nameBytesMax, limits.keyBytesMax]).toEqual([100, 99, 99]);
  });

  test("reads every flag from its variable", () => {
    for (const flag of serveFlags) {
      const texts: Readonly<Record<string, string>> = {
        "unix-mode": "600",
        "log-format": "json",
        "log-level": "warn",
        "allow-origin": "https://a.example",
        store: "memory",
      };
      const text = texts[flag.name] ?? "1";
      const variable = `GLOCKD_${flag.name.toUpperCase().replaceAll("-", "_")}`;
      const parsed = parse(["-max-line=9"], {
        GLOCKD_MAX_NAME: "1",
        GLOCKD_MAX_KEY: "1",
        // All that one of them needs.
        GLOCKD_TLS_CERT: "cert",
        GLOCKD_TLS_KEY: "key",
        GLOCKD_TLS_CA: "ca",
        [variable]: text,
      });
      expect([flag.name, parsed.request === "run" && parsed.given.has(flag.name)]).toEqual([
        flag.name,
        true,
      ]);
    }
  });

  test("reads lists of origins and hosts", () => {
    const argv = ["-allow-origin", "https://A.example, http://[::1]:80", "-allow-host=B.example,c"];
    expect(config(argv)).toMatchObject({
      allowOrigins: ["https://a.example", "http://[::1]:80"],
      allowHosts: ["b.example", "c"],
    });
    expect(config(["-allow-origin="]).allowOrigins).toEqual([]);
  });

  test.each([
    ["-allow-origin", "a.example"],
    ["-allow-origin", "https://a.example/page"],
    ["-allow-host", "https://a.example"],
    ["-allow-host", "a b"],
  ])("refuses %s %p", (flag, text) => {
    expect(complaint(flag, text)).toStartWith(`${flag}: `);
  });

  test("is frozen, its limits too", () => {
    expect(Object.isFrozen(config([])) && Object.isFrozen(config([]).limits)).toBe(true);
  });
});

describe("the limits' flags", () => {
  const fields = {
    "max-connections": "connectionsMax",
    "max-line": "lineBytesMax",
    "max-name": "nameBytesMax",
    "max-key": "keyBytesMax",
    "max-output": "outputBytesMax",
    "max-locks": "locksMax",
    "max-waiters": "waitersMax",
    "max-lock-waiters": "lockWaitersMax",
    "max-tags": "tagsMax",
  } as const;

  test("are all there", () => {
    expect(Object.values(fields).sort()).toEqual(
      (Object.keys(defaultLimits) as (keyof typeof defaultLimits)[]).sort(),
    );
  });

  test.each(Object.entries(fields))("-%s moves %s within its bounds", (flag, field) => {
    const line = flag === "max-line" ? [] : ["-max-line", String(limitBounds.lineBytesMax)];
    const bound = limitBounds[field];
    expect(config([...line, `-${flag}`, String(bound)]).limits[field]).toBe(bound);
    expect(complaint(`-${flag}`, "0")).toContain(`between 1 and ${bound}`);
    expect(complaint(`-${flag}`, String(bound + 1))).toContain(`between 1 and ${bound}`);
  });
});

describe("defaultConfig", () => {
  test("listens nowhere unless told where, so that tests do not meet", () => {
    expect(defaultConfig()).toMatchObject({ port: 0, ws: 0, unix: undefined });
    expect(defaultConfig({ port: "any" }).port).toBe("any");
  });

  test("is frozen", () => {
    expect(Object.isFrozen(defaultConfig())).toBe(true);
  });
});
