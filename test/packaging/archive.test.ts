/** Archives and the formula that is made from them. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { archiveName, makeArchive } from "../../packaging/archive.ts";
import { type Contents, contents } from "../../packaging/contents.ts";
import { formula, formulaTargets } from "../../packaging/homebrew.ts";
import { version } from "../../packaging/project.ts";
import { hostTarget } from "../../builds/build.ts";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const some: Contents = {
  man: ".TH GLOCKD 1\n",
  completions: new Map([["bash", "complete glockd\n"]]),
  units: new Map([["glockd.service", "[Service]\n"]]),
};
const date = 1_767_225_600;
const within = (target: string, files: string[]): string[] =>
  files.map((file) => `${archiveName(target)}/${file}`);
const withoutTar = missing("tar") ?? missing("gzip");

test.skipIf(withoutTar !== undefined)(
  "An archive is the same bytes whenever and wherever it is made",
  async () => {
    await using room = scratch();
    const sums = ["a", "b"].map((name) => {
      const directory = room.path(name);
      mkdirSync(directory);
      const binary = `${directory}/glockd`;
      writeFileSync(binary, "a program");
      const before = process.umask(name === "a" ? 0o077 : 0o002);
      try {
        return readFileSync(
          makeArchive({ target: "linux-x64", binary, contents: some, date, directory }),
        ).toString("hex");
      } finally {
        process.umask(before);
      }
    });
    expect(sums[0]).toBe(sums[1]!);
  },
);

test.skipIf(withoutTar !== undefined)("Units are for Linux; the rest is for all", async () => {
  await using room = scratch();
  const binary = room.path("glockd");
  writeFileSync(binary, "a program");
  const listed = (target: string): string[] => {
    const archive = makeArchive({
      target,
      binary,
      contents: some,
      date,
      directory: room.path("."),
    });
    const list = Bun.spawnSync(["tar", "--list", "--gzip", "--file", archive]).stdout.toString();
    return list
      .trim()
      .split("\n")
      .filter((path) => !path.endsWith("/"));
  };
  const all = [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "completions/glockd.bash",
    "glockd",
    "glockd.1",
  ];
  expect(listed("darwin-arm64")).toEqual(within("darwin-arm64", all));
  expect(listed("linux-x64")).toEqual(within("linux-x64", [...all, "systemd/glockd.service"]));
});

test.skipIf(withoutTar !== undefined)(
  "What is unpacked runs, and has the man page and the units of this project",
  async () => {
    await using room = scratch();
    const binary = await compiledBinary();
    const whole = await contents(binary);
    const archive = makeArchive({
      target: hostTarget(),
      binary,
      contents: whole,
      date,
      directory: room.path("."),
    });
    await Bun.$`tar -xzf ${archive} -C ${room.path(".")}`.quiet();
    const unpacked = room.path(archiveName(hostTarget()));
    const run = Bun.spawnSync([`${unpacked}/glockd`, "-version"]);
    expect(run.stdout.toString()).toStartWith(`glockd ${version} `);
    expect(readFileSync(`${unpacked}/glockd.1`, "utf8")).toBe(whole.man);
  },
);

const check = (text: string) => Bun.spawnSync(["ruby", "-c"], { stdin: Buffer.from(text) });
const sums = new Map(formulaTargets.map((target, index) => [target, String(index).repeat(64)]));

test("The formula has the address and the sum of each archive", () => {
  const text = formula(sums);
  for (const target of formulaTargets) {
    expect(text).toContain(`/${archiveName(target)}.tar.gz"\n      sha256 "${sums.get(target)}"`);
  }
  expect(text).toContain("bash_completion.install");
  expect(() => formula(new Map())).toThrow("darwin-arm64");
});

test.skipIf(missing("ruby") !== undefined)("The formula is Ruby", () => {
  expect(check(formula(sums)).stdout.toString()).toBe("Syntax OK\n");
  expect(check(`${formula(sums)}end`).success).toBe(false);
});
