/** The tester's raw connections: how they end, what they hand over, and where they go. */
import { describe, expect, test } from "bun:test";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { UsageError } from "../../src/flags.ts";
import {
  addressFlags,
  describeAddress,
  tcpAddress,
  webAddress,
} from "../../src/tester/connection/address.ts";
import { connect } from "../../src/tester/connection/connect.ts";
import type { Connection } from "../../src/tester/connection/connection.ts";
import { NoReply, visible } from "../../src/tester/failure.ts";
import { within } from "../wait-for.ts";

/** A server that shows how its one client ended, and that client. */
async function observed(): Promise<{
  connection: Connection;
  peer: Socket;
  ended: Promise<string>;
  stop: () => void;
}> {
  const joined = Promise.withResolvers<Socket>();
  const ended = Promise.withResolvers<string>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("end", () => ended.resolve("FIN"));
    socket.on("error", (error: NodeJS.ErrnoException) => ended.resolve(error.code ?? ""));
    socket.resume();
    joined.resolve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = await connect({
    address: { door: "tcp", host: "127.0.0.1", port },
    limitMilliseconds: 5_000,
    observations: { carriageReturns: false, emptyMessages: false },
  });
  const peer = await within("the connection", joined.promise);
  const stop = (): void => {
    peer.destroy();
    server.close();
  };
  return { connection, peer, ended: within("the end", ended.promise), stop };
}

describe("a connection", () => {
  test("that is reset sends RST and not FIN", async () => {
    const { connection, ended, stop } = await observed();
    connection.reset();
    expect(await ended).toBe("ECONNRESET");
    stop();
  });

  test("that is closed sends FIN", async () => {
    const { connection, ended, stop } = await observed();
    connection.close();
    expect(await ended).toBe("FIN");
    stop();
  });

  test("that is half-closed sends FIN and goes on reading", async () => {
    const { connection, peer, ended, stop } = await observed();
    connection.halfClose();
    expect(await ended).toBe("FIN");
    peer.end("still here\n");
    expect(await connection.inbox.line(5_000)).toBe("still here");
    expect(await connection.inbox.ended(5_000)).toBe("");
    stop();
  });

  test("hands over lines however they were cut, and what is left at the end", async () => {
    const { connection, peer, stop } = await observed();
    peer.write("one\ntw");
    expect(await connection.inbox.line(5_000)).toBe("one");
    peer.end("o\r\nthree\nfo");
    expect(await connection.inbox.line(5_000)).toBe("two");
    expect(await connection.inbox.ended(5_000)).toBe("three\nfo");
    stop();
  });

  test("does not wait longer than asked", async () => {
    const { connection, stop } = await observed();
    const late = connection.inbox.line(20);
    expect(() => connection.inbox.line(20)).toThrow("one reader of a connection at a time");
    expect(late).rejects.toThrow(NoReply);
    stop();
  });

  test("sends large data whole", async () => {
    const { connection, peer, stop } = await observed();
    let received = 0;
    const all = Promise.withResolvers<void>();
    peer.on("data", (bytes) => {
      received += bytes.length;
      if (received === 8_000_000) all.resolve();
    });
    for (let part = 0; part < 8; part += 1) connection.send("x".repeat(1_000_000));
    await within("8 MB", all.promise);
    stop();
  });
});

describe("an address", () => {
  test("is read with either part left out", () => {
    expect(tcpAddress("h:1")).toEqual({ door: "tcp", host: "h", port: 1 });
    expect(tcpAddress("h")).toEqual({ door: "tcp", host: "h", port: 9_999 });
    expect(tcpAddress(":7")).toEqual({ door: "tcp", host: "127.0.0.1", port: 7 });
    expect(tcpAddress("[::1]:7")).toEqual({ door: "tcp", host: "::1", port: 7 });
    expect(tcpAddress("[::1]")).toEqual({ door: "tcp", host: "::1", port: 9_999 });
    expect(webAddress("h:1")).toEqual({ door: "web", url: "ws://h:1/" });
    expect(webAddress("wss://h/x")).toEqual({ door: "web", url: "wss://h/x" });
  });

  test("that is none is refused", () => {
    for (const text of ["::1", "h:", "h:x", "h:0", "h:65536", "h:1:2"])
      expect(() => tcpAddress(text)).toThrow(UsageError);
    for (const text of ["http://h/", "h:x", ""]) expect(() => webAddress(text)).toThrow(UsageError);
  });

  test("is written so that it can be read again", () => {
    expect(addressFlags(tcpAddress("[::1]:7"))).toEqual(["--host=[::1]:7"]);
    expect(addressFlags(webAddress("h:1"))).toEqual(["--ws=ws://h:1/"]);
    expect(addressFlags({ door: "unix", path: "/a b" })).toEqual(["--unix=/a b"]);
    expect(describeAddress({ door: "unix", path: "/a b" })).toBe("unix /a b");
  });
});

describe("visible", () => {
  test("shows text as text and everything else as what it is", () => {
    expect(visible("g foo\r\n")).toBe("g foo\\r\\n");
    expect(visible(Buffer.from("é🔑").toString("latin1"))).toBe("é🔑");
    expect(visible("a\xff\x00b")).toBe("a\\xff\\x00b");
    expect(visible(Buffer.from("x\u2028\u202ey").toString("latin1"))).toBe("x\\u{2028}\\u{202e}y");
  });

  test("cuts what is long and says how long it is", () => {
    expect(visible("x".repeat(1_000))).toMatch(/^x{160}… \(1000 bytes\)$/);
  });
});
