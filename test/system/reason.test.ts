/** System errors in words for people. */
import { expect, test } from "bun:test";
import { openSync, statSync } from "node:fs";
import { reasonOf } from "../../src/system/reason.ts";

function reasonFor(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return reasonOf(error);
  }
  throw new Error("nothing was thrown");
}

test("reasonOf gives the words and the code and drops the call and the path", () => {
  expect(reasonFor(() => openSync("/nowhere, or else/x", "r"))).toBe(
    "no such file or directory (ENOENT)",
  );
  expect(reasonFor(() => statSync("/dev/null/x"))).toBe("not a directory (ENOTDIR)");
});

test("reasonOf says why Bun could not listen, which Bun's message does not", () => {
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const listen = (): unknown =>
    Bun.listen({ hostname: "127.0.0.1", port: taken.port, socket: { data() {} } });
  const serve = (): unknown =>
    Bun.serve({ hostname: "127.0.0.1", port: taken.port, fetch: () => new Response() });
  expect(reasonFor(listen)).toBe("address already in use (EADDRINUSE)");
  expect(reasonFor(serve)).toBe("address already in use (EADDRINUSE)");
});

test("reasonOf gives what it gets when there is no code", () => {
  expect(reasonOf(new Error("because"))).toBe("because");
  expect(reasonOf("because")).toBe("because");
});
