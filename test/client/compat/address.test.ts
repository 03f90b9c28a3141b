/** What `connect` and `listen` take for an address, and their words for what they do not. */
import { describe, expect, test } from "bun:test";
import { parseHostPort, parseWebAddress } from "../../../src/client/compat/address.ts";
import { connect, listen } from "../../../src/client/compat/index.ts";

describe("parseHostPort", () => {
  test.each([
    ["9999", undefined, 9999],
    [9999, undefined, 9999],
    ["abc:80", "abc", 80],
    ["with-dashes.example:9", "with-dashes.example", 9],
    ["1.2.3.4:65535", "1.2.3.4", 65_535],
    ["[::1]:5", "::1", 5],
  ] as const)("reads %p", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  test.each([
    ":99",
    "localhost:",
    "localhost",
    "",
    "a b:1",
    "::1:5",
    "1:65536",
    "-1",
    "x:1x",
    "1\n",
  ])("refuses %p", (text) => {
    expect(() => parseHostPort(text)).toThrow(`Invalid [host:]port string: ${text}`);
  });

  test("refuses port 0 in the words of the older package", () => {
    expect(() => parseHostPort("localhost:0")).toThrow("Port 0 is not valid.");
  });
});

describe("parseWebAddress", () => {
  test.each([
    ["ws://host:1", { host: "host", port: 1, path: "/", authority: "host:1" }],
    ["ws://host", { host: "host", port: 80, path: "/", authority: "host" }],
    ["ws://[::1]:2/a?b", { host: "::1", port: 2, path: "/a?b", authority: "[::1]:2" }],
  ])("reads %s", (text, address) => {
    expect(parseWebAddress(text)).toEqual(address);
  });

  test.each(["host:1", "http://host:1", "wss://host:1", "nonsense"])("refuses %s", (text) => {
    expect(() => parseWebAddress(text)).toThrow(
      `Invalid websocket address: ${text}; write ws://host:port`,
    );
  });
});

describe("connect", () => {
  test("throws what is wrong with its options", () => {
    expect(() => connect({ tcp: ":99" })).toThrow("Invalid [host:]port string: :99");
    expect(() => connect({ websocket: "99" })).toThrow("Invalid websocket address: 99");
    expect(() => connect({})).toThrow("No valid lockd connection method given");
  });
});

describe("listen", () => {
  test("throws what is wrong with its options", () => {
    expect(() => listen({ tcp: "x" })).toThrow("Invalid [host:]port string: x");
    expect(() => listen({ websocket: "127.0.0.1:1" })).toThrow("Invalid websocket address");
    expect(() => listen({ websocket: "ws://127.0.0.1:1/a" })).toThrow("Cannot listen on ws:");
    expect(() => listen({ tcp: "127.0.0.1:1", websocket: "ws://127.0.0.2:2" })).toThrow(
      "name different hosts",
    );
  });
});
