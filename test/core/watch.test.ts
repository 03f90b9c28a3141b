/** Looking on: what happens is told once, with what it was about; and who stands in line. */
import { expect, test } from "bun:test";
import type { Happening, Subject } from "../../src/core/table-state.ts";
import { waitersOf } from "../../src/core/waiters.ts";
import { named } from "./named.ts";
import { Scene } from "./scene.ts";

type Told = readonly [Happening, string, ...unknown[]];

function watched(look: (subject: Subject) => readonly unknown[] = () => []): {
  scene: Scene;
  told: Told[];
} {
  const scene = new Scene();
  const told: Told[] = [];
  scene.table.state.watch = (happening, subject) => {
    told.push([happening, Buffer.from(subject.name).toString(), ...look(subject)]);
  };
  return { scene, told };
}

test("A grant, a refusal, a grant again and a release are two events", () => {
  const { scene, told } = watched(({ owner, mode }) => [owner, mode]);
  const [a, b] = [scene.arrive("a"), scene.arrive("b")];
  scene.ask(a, "lock");
  scene.ask(b, "lock");
  scene.ask(a, "lock");
  scene.release(a, "lock");
  expect(told).toEqual([
    ["granted", "lock", "a", "exclusive"],
    ["released", "lock", "a", "exclusive"],
  ]);
});

test("The fence of a hold is told with its grant and with its end", () => {
  const { scene, told } = watched(({ fence }) => [fence]);
  const a = scene.arrive();
  const { outcome } = scene.ask(a, "lock");
  scene.release(a, "lock");
  expect(told).toEqual([
    ["granted", "lock", outcome],
    ["released", "lock", outcome],
  ]);
});

test("A wait is told when it begins, and its end is a grant or a cancellation", () => {
  const { scene, told } = watched(({ owner, fence }) => [owner, fence > 0]);
  const names = ["a", "b", "c", "d", "e"];
  const [a, b, c, d, e] = names.map((name) => scene.arrive(name)) as number[];
  scene.ask(a!, "lock");
  scene.ask(b!, "lock", { wait: "tagged", milliseconds: 5 });
  const { patience } = scene.ask(c!, "lock", { wait: "tagged" });
  scene.ask(d!, "lock", { wait: "tagged" });
  scene.ask(e!, "lock", { wait: "tagged" });
  scene.pass(5);
  scene.table.cancel(patience!.wait!);
  scene.table.end(d!);
  scene.release(a!, "lock");
  expect(told).toEqual([
    ["granted", "lock", "a", true],
    ["waiting", "lock", "b", false],
    ["waiting", "lock", "c", false],
    ["waiting", "lock", "d", false],
    ["waiting", "lock", "e", false],
    ["cancelled", "lock", "b", false],
    ["cancelled", "lock", "c", false],
    // Whoever is gone leaves before anything else happens to the lock.
    ["cancelled", "lock", "d", false],
    ["released", "lock", "a", true],
    ["granted", "lock", "e", true],
  ]);
});

test("Holds that end without being asked to say how", () => {
  const { scene, told } = watched();
  const [a, b] = [scene.arrive(), scene.arrive()];
  scene.ask(a, "freed");
  scene.ask(a, "lapsed", { keyed: { key: "k", requestor: "r", ttlMilliseconds: 5 } });
  scene.ask(b, "orphaned", { mode: "shared" });
  told.length = 0;
  scene.table.free(scene.table.exclusive, named("freed"));
  scene.pass(5);
  scene.leave(b);
  expect(told).toEqual([
    ["freed", "freed"],
    ["lapsed", "lapsed"],
    ["orphaned", "orphaned"],
  ]);
});

test("Who takes a hold that outlives connections is told with its grant only", () => {
  const { scene, told } = watched(({ owner, keyed }) => [owner, keyed?.requestor]);
  const a = scene.arrive("a");
  scene.ask(a, "lock", { keyed: { key: "k", requestor: "r", ttlMilliseconds: 5 } });
  scene.pass(5);
  expect(told).toEqual([
    ["granted", "lock", "a", "r"],
    ["lapsed", "lock", null, "r"],
  ]);
});

test("A wait that adds to a hold of its requestor ends with a grant", () => {
  const { scene, told } = watched();
  const [a, b] = [scene.arrive("a"), scene.arrive("b")];
  const keyed = { key: "k", requestor: "r", ttlMilliseconds: 0 };
  scene.ask(a, "lock");
  scene.ask(b, "lock", { keyed, wait: "tagged" });
  scene.ask(b, "lock", { keyed, wait: "tagged" });
  scene.release(a, "lock");
  expect(told.map(([happening]) => happening)).toEqual([
    "granted",
    "waiting",
    "waiting",
    "released",
    "granted",
    "granted",
  ]);
});

const owners = (scene: Scene, lock: string, most = 10): (string | null)[] =>
  waitersOf<string>(scene.table.exclusive, named(lock), most).map(({ owner }) => owner);

test("Those who wait are told in the order in which they came, as many as are asked for", () => {
  const scene = new Scene();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => scene.arrive(name)) as number[];
  for (const session of [a, b, c, d]) scene.ask(session!, "lock", { wait: "tagged" });
  expect(owners(scene, "lock")).toEqual(["b", "c", "d"]);
  expect(owners(scene, "lock", 2)).toEqual(["b", "c"]);
  expect(owners(scene, "another")).toEqual([]);
  scene.leave(c!);
  scene.release(a!, "lock");
  expect(owners(scene, "lock")).toEqual(["d"]);
});

test("Since when and under which key somebody waits is told as well", () => {
  const scene = new Scene();
  const [a, b] = [scene.arrive("a"), scene.arrive("b")];
  const keyed = { key: "k", requestor: "r", ttlMilliseconds: null };
  scene.ask(a, "lock");
  scene.table.state.wallMilliseconds = 5_000;
  scene.ask(b, "lock", { keyed, wait: "tagged" });
  expect(waitersOf<string>(scene.table.exclusive, named("lock"), 1)).toEqual([
    { owner: "b", keyed, sinceWallMilliseconds: 5_000 },
  ]);
});

test("A grant tells how long it was waited for, and an end how long the hold lasted", () => {
  const { scene, told } = watched(({ waitedMilliseconds, heldMilliseconds }) => [
    waitedMilliseconds,
    heldMilliseconds,
  ]);
  const [a, b] = [scene.arrive("a"), scene.arrive("b")];
  scene.ask(a, "lock");
  scene.pass(3);
  scene.ask(b, "lock", { wait: "tagged" });
  scene.pass(4);
  scene.release(a, "lock");
  scene.pass(5);
  scene.leave(b);
  expect(told).toEqual([
    ["granted", "lock", 0, 0],
    ["waiting", "lock", 0, 0],
    ["released", "lock", 0, 7],
    ["granted", "lock", 4, 0],
    ["orphaned", "lock", 0, 5],
  ]);
});
