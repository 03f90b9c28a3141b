/** Files of variables: what is read of them, and what is refused. */
import { describe, expect, test } from "bun:test";
import { parseEnvFile, readEnvFile } from "../../../src/cli/serve/env-file.ts";
import { scratch } from "../glockd.ts";

const parse = (text: string) => parseEnvFile(text, "/etc/default/glockd");

describe("parseEnvFile", () => {
  test("reads variables, one a line", () => {
    const text = [
      "# a comment",
      "; another",
      "",
      "   ",
      "GLOCKD_PORT=7000",
      "  GLOCKD_HOST = x".replace(" = ", "="),
      "GLOCKD_WS=",
      'GLOCKD_UNIX="/run/a b"',
      "GLOCKD_PIDFILE='/run/\"c\"'",
      "GLOCKD_ALLOW_ORIGIN=https://a.example # no comment",
      "AUTH_USER=me\r",
    ].join("\n");
    expect(parse(text)).toEqual({
      GLOCKD_PORT: "7000",
      GLOCKD_HOST: "x",
      GLOCKD_WS: "",
      GLOCKD_UNIX: "/run/a b",
      GLOCKD_PIDFILE: '/run/"c"',
      GLOCKD_ALLOW_ORIGIN: "https://a.example # no comment",
      AUTH_USER: "me",
    });
  });

  test.each([
    [
      "GLOCKD_PROT=1",
      "line 1: GLOCKD_PROT is no variable of the server; did you mean GLOCKD_PORT?",
    ],
    ["\nTZ=UTC", "line 2: TZ is no variable of the server"],
    ["GLOCKD_ENV_FILE=x", "GLOCKD_ENV_FILE is no variable of the server"],
    ["GLOCKD_PORT", "line 1: this is not NAME=VALUE"],
    ["export GLOCKD_PORT=1", "this is not NAME=VALUE"],
    ["GLOCKD_PORT=1\nGLOCKD_PORT=2", "line 2: GLOCKD_PORT stands there twice"],
    ['GLOCKD_UNIX="/run', "the quotes of GLOCKD_UNIX do not match"],
    ["GLOCKD_UNIX='", "the quotes of GLOCKD_UNIX do not match"],
    ['GLOCKD_UNIX="a"b"', "the quotes of GLOCKD_UNIX do not match"],
  ])("refuses %p", (text, complaint) => {
    expect(() => parse(text)).toThrow(complaint);
    expect(() => parse(text)).toThrow("-env-file: /etc/default/glockd, line ");
  });

  test("repeats nothing of a line that it does not understand, which may be a secret", () => {
    expect(() => parse("AUTH_PASS s3cret")).toThrow(/^((?!s3cret).)*$/);
  });
});

describe("readEnvFile", () => {
  test("takes a missing file for an error, unless a dash says that it may be missing", async () => {
    await using room = scratch();
    const file = room.path("variables");
    expect(() => readEnvFile(file)).toThrow(`cannot read ${file}: no such file or directory`);
    expect(readEnvFile(`-${file}`)).toEqual({});
    await Bun.write(file, "GLOCKD_PORT=7000\n");
    expect(readEnvFile(`-${file}`)).toEqual({ GLOCKD_PORT: "7000" });
  });

  test("takes one that cannot be read for an error in any case", () => {
    expect(() => readEnvFile("-/etc")).toThrow("cannot read /etc");
  });
});
