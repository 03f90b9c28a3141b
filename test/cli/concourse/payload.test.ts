/** What of Concourse's request is read, and what is said of one that cannot be. */
import { describe, expect, test } from "bun:test";
import { BadRequest, readPayload } from "../../../src/cli/concourse/payload.ts";

const source = { locker_uri: "http://locks:8910", lock_name: "env" };
const read = (request: unknown) => readPayload(JSON.stringify(request));
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("readPayload", () => {
  test("reads a source", () => {
    const all = {
      ...source,
      username: "u",
      password: "p:q",
      ca_cert: "PEM",
      skip_ssl_validation: true,
    };
    expect(read({ source: all, version: { ref: "r" } })).toMatchObject({
      source: {
        uri: "http://locks:8910",
        authorization: basic("u:p:q"),
        tls: { ca: "PEM", rejectUnauthorized: false },
        lockName: "env",
      },
      ref: "r",
    });
  });

  test("checks certificates, and names nobody, unless told otherwise", () => {
    for (const more of [{}, { skip_ssl_validation: "false", ca_cert: "", username: "u" }])
      expect(read({ source: { ...source, ...more }, version: null }).source).toEqual({
        uri: "http://locks:8910",
        authorization: undefined,
        tls: {},
        lockName: "env",
      });
  });

  test.each([
    ["http://locks:8910/", "http://locks:8910"],
    ["locks:8910", "http://locks:8910"],
    ["10.0.0.1", "http://10.0.0.1"],
    ["https://gate/locks//", "https://gate/locks"],
    ["https://[::1]:9998", "https://[::1]:9998"],
  ])("reads the address %p", (uri, expected) => {
    expect(read({ source: { ...source, locker_uri: uri } }).source.uri).toBe(expected);
  });

  test("takes credentials out of the address", () => {
    const { uri, authorization } = read({
      source: { ...source, locker_uri: "http://u:p%40@locks" },
    }).source;
    expect([uri, authorization]).toEqual(["http://locks", basic("u:p@")]);
  });

  test("takes numbers and booleans of YAML for text", () => {
    const quoted = { ...source, lock_name: 7, username: true, password: 1234 };
    const payload = read({ source: quoted, params: { key: 5, lock_op: "unlock" } });
    expect(payload.source).toMatchObject({ lockName: "7", authorization: basic("true:1234") });
    expect(payload.outParams()).toEqual({ operation: "unlock", key: "5", requestor: "5" });
  });

  test.each(["lock_by", "locked_by"])("takes %s for who locks", (spelling) => {
    const params = { key: "k", lock_op: "lock", [spelling]: "me" };
    expect(read({ source, params }).outParams().requestor).toBe("me");
  });

  test.each([
    [{}, "source.locker_uri is missing"],
    [{ source: { lock_name: "x" } }, "source.locker_uri is missing"],
    [{ source: { ...source, lock_name: "" } }, "source.lock_name is missing"],
    [{ source: { ...source, lock_name: ".." } }, "source.lock_name: .. cannot be named"],
    [{ source: { ...source, lock_name: {} } }, "source.lock_name is no text"],
    [{ source: { ...source, locker_uri: "ftp://x" } }, "source.locker_uri is no address"],
    [{ source: { ...source, skip_ssl_validation: "maybe" } }, "is neither true nor false"],
    [{ source: [] }, "source is no JSON object"],
    [[], "standard input is no JSON object"],
  ])("refuses %j", (request, why) => {
    expect(() => read(request)).toThrow(why);
  });

  test.each([
    [undefined, "params.key is missing"],
    [{ lock_op: "lock" }, "params.key is missing"],
    [{ key: "k" }, "params.lock_op is missing"],
    [{ key: "k", lock_op: "steal" }, 'params.lock_op is "steal"; say lock or unlock'],
    [{ key: "k", lock_op: "lock", lock_by: "a", locked_by: "b" }, "do not agree"],
  ])("refuses the params %j", (params, why) => {
    const payload = read({ source, params });
    expect(() => payload.outParams()).toThrow(why);
    expect(() => payload.outParams()).toThrow(BadRequest);
  });

  test("does not show what it cannot read", () => {
    const broken = JSON.stringify({ source: { password: "hunter2" } }).slice(0, -1);
    expect(() => readPayload(broken)).toThrow("standard input is no JSON");
    expect(() => readPayload(broken)).not.toThrow("hunter2");
  });
});
