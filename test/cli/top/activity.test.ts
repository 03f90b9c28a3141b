/** What events say of locks, and how much of it is kept. */
import { describe, expect, test } from "bun:test";
import { Activity, type LockEvent, lockId, locksKeptMax } from "../../../src/cli/top/activity.ts";

class Story {
  seconds = 0;
  readonly activity = new Activity(() => this.seconds);
  private fence = 0;

  tell(type: string, told: Partial<LockEvent> = {}): void {
    const event = { lock: "a", mode: "exclusive", client: "c", name: null, fence: null } as const;
    this.activity.take({ ...event, type, milliseconds: this.seconds * 1_000, ...told });
  }

  grant(told: Partial<LockEvent> = {}): number {
    this.tell("granted", { fence: ++this.fence, ...told });
    return this.fence;
  }

  get a() {
    return this.activity.of("ea");
  }
}

describe("Activity", () => {
  test("times waits from waiting to granted, and holds to whatever ends them", () => {
    for (const ending of ["released", "orphaned", "expired", "freed"]) {
      const story = new Story();
      story.tell("waiting");
      story.seconds = 0.2;
      const fence = story.grant();
      story.seconds = 1.2;
      story.tell(ending, { fence, client: null });
      expect(story.a).toMatchObject({ waitP50: 200, holdP50: 1_000 });
    }
  });

  test("counts a grant at once as no wait", () => {
    const story = new Story();
    story.grant();
    expect(story.a).toMatchObject({ waitP50: 0, holdP50: undefined });
  });

  test("tells waiters apart, and forgets those who leave", () => {
    const story = new Story();
    story.tell("waiting", { client: "one" });
    story.seconds = 1;
    story.tell("waiting", { client: "two" });
    story.tell("cancelled", { client: "one" });
    story.seconds = 2;
    story.grant({ client: "two" });
    expect(story.a).toMatchObject({ waitP99: 1_000 });
    story.grant({ client: "one", lock: "a" });
    expect(story.a).toMatchObject({ waitP50: 0 });
  });

  test("does not count a hold twice whose count is raised", () => {
    const story = new Story();
    const fence = story.grant();
    story.tell("granted", { fence });
    story.seconds = 5;
    expect(story.a?.grantsPerSecond).toBeCloseTo(1 / 5);
    expect(story.activity.grantsPerSecond()).toBeCloseTo(1 / 5);
  });

  test("does not take a wait that began before anybody looked for none", () => {
    const story = new Story();
    story.activity.knowWaiters("ea", 2);
    story.grant({ client: "one" });
    story.tell("cancelled", { client: "two" });
    expect(story.a).toMatchObject({ waitP50: undefined });
    story.grant({ client: "three" });
    expect(story.a).toMatchObject({ waitP50: 0 });
  });

  test("does not time what it has missed the end of", () => {
    const story = new Story();
    story.tell("waiting");
    const fence = story.grant({ client: "other" });
    story.activity.forgetWhatIsUnderWay();
    story.seconds = 60;
    story.tell("released", { fence });
    story.grant();
    expect(story.a).toMatchObject({ waitP99: 0, holdP99: undefined });
  });

  test("takes what it has missed for what it has seen", () => {
    const story = new Story();
    for (let n = 0; n < 30; n++) story.tell("released", { fence: story.grant() });
    for (let n = 0; n < 10; n++)
      story.tell("released", { lock: "b", fence: story.grant({ lock: "b" }) });
    story.activity.missed(800);
    story.seconds = 1;
    expect(story.a?.grantsPerSecond).toBeCloseTo(30 + 300);
    expect(story.activity.of("eb")?.grantsPerSecond).toBeCloseTo(10 + 100);
    expect(story.activity.grantsPerSecond()).toBeCloseTo(440);
    // Nothing was seen since: nothing is known of these.
    story.activity.missed(800);
    expect(story.activity.grantsPerSecond()).toBeCloseTo(440);
  });

  test("keeps the name spaces apart", () => {
    const story = new Story();
    story.grant({ mode: "shared" });
    expect(story.a).toBeUndefined();
    expect(story.activity.of(lockId("shared", "a"))).toBeDefined();
  });

  test("keeps the locks that were active last, and no more of them", () => {
    const story = new Story();
    for (let n = 0; n < locksKeptMax; n++) story.grant({ lock: `lock ${n}` });
    story.grant({ lock: "lock 0" });
    story.grant({ lock: "one more" });
    expect([...story.activity.ids()]).toHaveLength(locksKeptMax);
    expect(story.activity.of("elock 0")).toBeDefined();
    expect(story.activity.of("elock 1")).toBeUndefined();
    story.activity.knowWaiters("eanother", 5);
    expect(story.activity.of("eanother")).toBeUndefined();
  });

  test("times a bounded number of waits of one lock, and takes none of the others for short", () => {
    const story = new Story();
    for (let n = 0; n < 1_000; n++) story.tell("waiting", { client: `client ${n}` });
    story.seconds = 3;
    for (let n = 0; n < 1_000; n++) story.grant({ client: `client ${n}` });
    expect(story.a).toMatchObject({ waitP50: 3_000 });
  });
});
