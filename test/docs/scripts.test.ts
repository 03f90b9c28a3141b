/** The README's scripts, as they stand there, do on several "hosts" what it says. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compiledBinary } from "../binary.ts";
import { House } from "../cli/house.ts";
import { testMilliseconds, within } from "../wait-for.ts";
import { documentText, scriptsOf } from "./examples.ts";

setDefaultTimeout(testMilliseconds);

const scripts = scriptsOf(documentText("README.md"));

/** Machines that share a server and a journal, each with the script in a directory of its own. */
class Machines {
  readonly #house: House;
  readonly #journal: string;

  constructor(house: House) {
    this.#house = house;
    this.#journal = house.path("journal");
    writeFileSync(this.#journal, "");
  }

  /** Runs the script on each of them at once; resolves with the exit statuses. */
  async run(script: string, hosts: readonly string[], unix = this.#house.unix): Promise<number[]> {
    const path = `${dirname(await compiledBinary())}:${process.env["PATH"]}`;
    const children = hosts.map((host) =>
      Bun.spawn([this.#furnished(host, script)], {
        cwd: this.#house.path(host),
        env: { PATH: path, GLOCKD_UNIX: unix, JOURNAL: this.#journal, HOST: host },
        stdio: ["ignore", "ignore", "ignore"],
      }),
    );
    return await within("the end of all", Promise.all(children.map((child) => child.exited)));
  }

  journal(): string[] {
    return readFileSync(this.#journal, "utf8").split("\n").filter(Boolean);
  }

  #furnished(host: string, script: string): string {
    const directory = this.#house.path(host);
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "script.sh");
    write(file, scripts.get(script) ?? "exit 99\n");
    for (const [, step = ""] of (scripts.get(script) ?? "").matchAll(/\.\/(\w+)\.sh/g))
      write(
        join(directory, `${step}.sh`),
        `#!/bin/sh\necho "$HOST ${step}" >>"$JOURNAL"\nsleep 0.1\n`,
      );
    return file;
  }
}

function write(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

describe("The deploy", () => {
  test("runs on one of three hosts after the other", async () => {
    await using house = await House.open();
    const machines = new Machines(house);
    expect(await machines.run("deploy", ["web1", "web2", "web3"])).toEqual([0, 0, 0]);
    const steps = machines.journal();
    expect([...steps].sort()).toEqual(
      ["web1", "web2", "web3"].flatMap((host) => [`${host} build`, `${host} restart`]),
    );
    // Nobody builds between another's build and restart.
    const hosts = steps.map((step) => step.split(" ")[0]);
    expect([hosts[0], hosts[2], hosts[4]]).toEqual([hosts[1], hosts[3], hosts[5]]);
    expect(await house.guest.list()).toEqual([]);
  });
});

describe("The nightly task", () => {
  const fifty = Array.from({ length: 50 }, (_, index) => `host${index}`);

  test("runs on one of 50 machines that start it at once, and not again that night", async () => {
    await using house = await House.open();
    const machines = new Machines(house);
    expect(new Set(await machines.run("nightly", fifty))).toEqual(new Set([0]));
    expect(machines.journal()).toHaveLength(1);
    expect(await machines.run("nightly", ["late"])).toEqual([0]);
    expect(machines.journal()).toHaveLength(1);
  });

  test("fails where no server is, for somebody to notice", async () => {
    await using house = await House.open();
    const machines = new Machines(house);
    expect(await machines.run("nightly", ["alone"], "/no/such/socket")).toEqual([2]);
    expect(machines.journal()).toEqual([]);
  });
});
