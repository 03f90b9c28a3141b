/** What one thread finds, as another is told that waits for it. */
import { expect, test } from "bun:test";
import { StoreError } from "../../src/store/store-error.ts";
import { Verdict } from "../../src/store/verdict.ts";

function told(error: unknown): unknown {
  const verdict = new Verdict();
  new Verdict(verdict.shared).give(error);
  try {
    verdict.take();
    return null;
  } catch (thrown) {
    return thrown;
  }
}

test("a verdict is what was found: nothing, a fault of the store, or a bug", () => {
  expect(told(null)).toBeNull();
  const fault = told(new StoreError("damaged", "/störe has damaged pages"));
  expect(fault).toBeInstanceOf(StoreError);
  expect(fault).toMatchObject({ fault: "damaged", message: "/störe has damaged pages" });
  const bug = told(new TypeError("x is undefined"));
  expect(bug).not.toBeInstanceOf(StoreError);
  expect(bug).toMatchObject({ message: "x is undefined" });
});

test("a verdict that is longer than there is room for is cut, and stays one", () => {
  const fault = told(new StoreError("damaged", '"\u{1f512}\u0001'.repeat(50_000)));
  expect(fault).toMatchObject({ fault: "damaged" });
});

test("who takes a verdict waits until another thread has given it", async () => {
  const script = `onmessage = async ({ data }) => {
    const { Verdict } = await import(${JSON.stringify(import.meta.resolve("../../src/store/verdict.ts"))});
    const verdict = new Verdict(data);
    verdict.begin();
    verdict.give(new Error("found"));
  };`;
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const verdict = new Verdict();
  worker.postMessage(verdict.shared, []);
  expect(() => verdict.take()).toThrow("found");
  worker.terminate();
});

test("nobody waits for a thread that does not begin", () => {
  expect(() => new Verdict().take(1)).toThrow("does not begin");
});

test("a thread that cannot open the database says so, and does not keep anybody waiting", () => {
  const worker = new Worker(new URL("../../src/store/worker.ts", import.meta.url));
  const verdict = new Verdict();
  worker.postMessage({ directory: "/nowhere/at/all", verdict: verdict.shared }, []);
  expect(() => verdict.take()).toThrow("/nowhere/at/all cannot be opened (SQLITE_CANTOPEN)");
  worker.terminate();
});
