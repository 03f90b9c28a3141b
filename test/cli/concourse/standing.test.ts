/** Standing in line for longer than a request lasts: who is under way, and which answer counts. */
import { describe, expect, test } from "bun:test";
import { LockerError, type Answer } from "../../../src/cli/concourse/locker.ts";
import { Outage, type Pace, usualPace } from "../../../src/cli/concourse/pace.ts";
import { stand } from "../../../src/cli/concourse/standing.ts";
import { Changes } from "../../wait-for.ts";

const granted: Answer = { status: 201, isProblem: false, text: "" };

/** One request that is under way, as the test ends it. */
interface Request {
  readonly signal: AbortSignal;
  answer(answer: Answer): void;
  fail(error: Error): void;
}

/** A line in which the test is the server and the clock. */
class Line {
  readonly requests: Request[] = [];
  readonly said: string[] = [];
  waits = 0;
  private readonly failed = new Set<AbortSignal>();
  private readonly changes = new Changes();
  private wake: () => void = () => {};
  private now = 0;
  readonly answer: Promise<Answer>;

  constructor() {
    const pace: Pace = { ...usualPace, now: () => this.now, pause: (ms) => this.pause(ms) };
    const outage = new Outage(pace, (line) => this.said.push(line));
    const stillWaiting = (): void => void this.waits++;
    this.answer = stand({ pace, outage, stillWaiting, ask: (signal) => this.ask(signal) });
    this.answer.catch(() => {});
  }

  get underWay(): number {
    return this.requests.filter(({ signal }) => !signal.aborted && !this.failed.has(signal)).length;
  }

  /** The time of the last pause passes; resolves once so many requests were sent. */
  async pass(requests: number): Promise<void> {
    this.wake();
    await this.sent(requests);
  }

  async sent(requests: number): Promise<void> {
    await this.changes.until(`${requests} requests`, () =>
      this.requests.length >= requests ? true : undefined,
    );
    // Whatever is to be aborted then, is.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private ask(signal: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    signal.addEventListener("abort", () => reject(new Error("aborted")));
    const fail = (error: Error): void => {
      this.failed.add(signal);
      reject(error);
    };
    this.requests.push({ signal, answer: resolve, fail });
    this.changes.announce();
    return promise;
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.now += milliseconds;
        resolve();
      };
    });
  }
}

const lost = new LockerError("http://locks closed the connection", true);

describe("stand", () => {
  test("joins each request with the next before it ends it", async () => {
    const line = new Line();
    await line.pass(2);
    expect([line.underWay, line.requests[0]?.signal.aborted]).toEqual([2, false]);
    await line.pass(3);
    expect(line.requests.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
    expect(line.waits).toBe(2);
    line.requests[1]?.answer(granted);
    expect(await line.answer).toBe(granted);
    expect(line.underWay).toBe(0);
  });

  test("keeps its place when one of two connections is lost", async () => {
    const line = new Line();
    await line.pass(2);
    line.requests[0]?.fail(lost);
    await line.sent(2);
    expect([line.requests.length, line.said.length]).toEqual([2, 0]);
    line.requests[1]?.answer(granted);
    expect(await line.answer).toBe(granted);
  });

  test("asks again, after a pause, when nobody stands for it any more", async () => {
    const line = new Line();
    line.requests[0]?.fail(lost);
    await line.sent(1);
    expect(line.said).toEqual(["http://locks closed the connection; trying again"]);
    await line.pass(2);
    line.requests[1]?.answer(granted);
    expect(await line.answer).toBe(granted);
  });

  test("gives up at once when asking again does not help", async () => {
    const line = new Line();
    line.requests[0]?.fail(new LockerError("refused"));
    await expect(line.answer).rejects.toThrow("refused");
    expect(line.underWay).toBe(0);
  });
});
