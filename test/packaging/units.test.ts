/** The systemd units: whether systemd takes them, and whether the server can live in them. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvFile } from "../../src/cli/serve/env-file.ts";
import { compiledBinary } from "../binary.ts";
import { Glockd, onlyUnix, scratch } from "../cli/glockd.ts";
import { LineClient } from "../peers/line-client.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const folder = join(import.meta.dir, "../../packaging");
const withoutSystemd = missing("systemd-analyze") !== undefined;
/** As it was asked for; it is 1.1 by systemd 252. */
const exposureMax = 2.5;

let service = "";
beforeAll(() => {
  service = readFileSync(join(folder, "glockd.service"), "utf8");
});

function analyze(...argv: string[]): { status: number; said: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["systemd-analyze", "--no-pager", ...argv]);
  return { status: exitCode, said: `${stdout}${stderr}` };
}

describe.skipIf(withoutSystemd)("The units", () => {
  test("are taken by systemd without a word", async () => {
    await using room = scratch();
    mkdirSync(room.path("units"));
    const local = service.replace("/usr/bin/glockd", await compiledBinary());
    expect(local).not.toBe(service);
    writeFileSync(room.path("units/glockd.service"), local);
    await Bun.write(room.path("units/glockd.socket"), Bun.file(join(folder, "glockd.socket")));
    const units = ["glockd.service", "glockd.socket"].map((unit) => room.path(`units/${unit}`));
    expect(analyze("verify", "--man=no", ...units)).toEqual({ status: 0, said: "" });
    writeFileSync(room.path("units/glockd.service"), `${local}\n[Service]\nNonsense=yes\n`);
    expect(analyze("verify", "--man=no", ...units).said).toContain("Nonsense");
  });

  test("expose little", () => {
    const { status, said } = analyze(
      "security",
      "--offline=true",
      `--threshold=${exposureMax * 10}`,
      join(folder, "glockd.service"),
    );
    const [, exposure] = /Overall exposure level for glockd.service: ([\d.]+)/.exec(said) ?? [];
    expect(Number(exposure)).toBeLessThan(exposureMax);
    expect(status).toBe(0);
  });

  test("reread what the server rereads, and leave the rest to it", () => {
    expect(service).toContain("ExecReload=/bin/kill -HUP $MAINPID\n");
    expect(service).not.toContain("\nEnvironmentFile=");
  });
});

test("The settings that come with the unit are all understood, also when they are asked for", () => {
  const text = readFileSync(join(folder, "default"), "utf8");
  expect(parseEnvFile(text, "default")).toEqual({});
  const asked = parseEnvFile(text.replaceAll(/^#(?=GLOCKD_)/gm, ""), "default");
  expect(Object.keys(asked)).toContain("GLOCKD_DRAIN");
  const inUnit = [...service.matchAll(/^Environment=(.*)$/gm)].map(([, pair]) => pair);
  expect(Object.keys(parseEnvFile(inUnit.join("\n"), "unit"))).toEqual([
    "GLOCKD_UNIX",
    "GLOCKD_PIDFILE",
    "GLOCKD_STORE",
  ]);
});

describe.skipIf(withoutSystemd || missing("strace") !== undefined)("The filter of the unit", () => {
  test("lets the server do all that it does from start to stop", async () => {
    await using room = scratch();
    const [unix, trace, file] = [room.path("socket"), room.path("trace"), room.path("variables")];
    writeFileSync(file, "GLOCKD_LOG_LEVEL=verbose\n");
    const under = ["strace", "-f", "-qq", "-o", trace];
    const argv = ["-host=127.0.0.1", "-port=0", "-ws=0", ...onlyUnix(unix).slice(2)];
    const more = ["-pidfile", room.path("pid"), "-env-file", file];
    await using server = await Glockd.start([...argv, ...more], { under });
    await server.logged("listening");
    const client = await LineClient.connect({ unix });
    await client.ask("g foo");
    await client.ask("gw 1 bar");
    const [pid = ""] = readFileSync(room.path("pid"), "utf8").split("\n");
    process.kill(Number(pid), "SIGHUP");
    await server.logged("settings reloaded");
    process.kill(Number(pid), "SIGTERM");
    expect(await server.exited()).toBe(0);
    const calls = readFileSync(trace, "utf8").matchAll(
      /^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed>)/gm,
    );
    const used = new Set([...calls].map(([, name = ""]) => name));
    const allowed = filterOf(service);
    expect(used.has("epoll_pwait2") || used.has("epoll_wait") || used.has("epoll_pwait")).toBe(
      true,
    );
    expect([...used].filter((name) => !allowed.has(name))).toEqual([]);
    expect(allowed.has("mount")).toBe(false);
  });
});

/** The system calls that `SystemCallFilter=` leaves: groups, then what is taken from them. */
function filterOf(unit: string): ReadonlySet<string> {
  const allowed = expand("@default");
  for (const [, taken, groups = ""] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const name of groups.split(" ").flatMap((group) => [...expand(group)])) {
      if (taken === "~") allowed.delete(name);
      else allowed.add(name);
    }
  }
  return allowed;
}

function expand(group: string): Set<string> {
  if (!group.startsWith("@")) return new Set([group]);
  const names = analyze("syscall-filter", group)
    .said.split("\n")
    .filter((line) => /^ {4}[^#\s]/.test(line))
    .map((line) => line.trim());
  return new Set(names.flatMap((name) => [...expand(name)]));
}
