/** Listings say the same in pages of whatever size. */
import { describe, expect, test } from "bun:test";
import { dumpPages, holderPages, textPages } from "../../src/protocol/pages.ts";
import { Listed, readPages } from "./listed.ts";

const sizes = [1, 2, 3, 5, 1_000];

describe("Lines that are there already", () => {
  test.each(sizes)("come in order, in pages of %i lines at most", (size) => {
    const lines = Array.from({ length: 7 }, (_, at) => `line ${at}`);
    const pages = textPages(lines);
    expect(pages.lines).toBe(7);
    const texts = readPages(pages, size);
    expect(texts.join("")).toBe(lines.map((line) => `${line}\n`).join(""));
    for (const text of texts) expect(text.split("\n").length - 1).toBeLessThanOrEqual(size);
  });

  test("may be none", () => {
    expect(readPages(textPages([]), 10)).toEqual([""]);
  });
});

function exclusive(): Listed {
  const listed = new Listed();
  const nameless = listed.arrive("1.2.3.4:5");
  const worker = listed.arrive("1.2.3.4:6", "worker\xff 3");
  listed.hold(worker, "b");
  listed.hold(nameless, "a\xff");
  listed.hold(nameless, "");
  const keyed = { key: "secret", requestor: "worker\xff 3", ttlMilliseconds: null };
  listed.hold(worker, "keyed", "exclusive", keyed);
  listed.hold(nameless, "keyed", "exclusive", { ...keyed, requestor: "other", ttlMilliseconds: 0 });
  listed.wait(nameless, "b");
  return listed;
}

describe.each(sizes)("Holders in pages of %i", (size) => {
  test("are a line each, under their locks in the order of the names' bytes", () => {
    const pages = holderPages(exclusive().snapshot("exclusive"));
    expect(pages.lines).toBe(5);
    expect(readPages(pages, size).join("")).toBe(
      ": 1.2.3.4:5\na\xff: 1.2.3.4:5\nb: worker\xff 3\nkeyed: worker\xff 3\nkeyed: other\n",
    );
  });

  test("of a shared lock come in the order in which they came to hold it", () => {
    const listed = new Listed();
    const people = ["z", "a", "m"].map((label) => listed.arrive("1.2.3.4:5", label));
    for (const person of people) listed.hold(person, "s", "shared");
    listed.hold(people[1]!, "r", "shared");
    const texts = readPages(holderPages(listed.snapshot("shared")), size);
    expect(texts.join("")).toBe("r: a\ns: z\ns: a\ns: m\n");
  });
});

describe.each(sizes)("A dump in pages of %i holders", (size) => {
  test("is one line with addresses, and a keyed lock's first requestor", () => {
    const pages = dumpPages(exclusive().snapshot("exclusive"));
    expect(pages.oneReply).toBe(true);
    expect(readPages(pages, size).join("")).toBe(
      "map[:1.2.3.4:5 a\xff:1.2.3.4:5 b:1.2.3.4:6 keyed:worker\xff 3]\n",
    );
  });

  test("of shared locks has a list of addresses for each", () => {
    const listed = new Listed();
    const people = [5, 6, 7].map((port) => listed.arrive(`1.2.3.4:${port}`, "a name"));
    for (const person of people) listed.hold(person, "s", "shared");
    listed.hold(people[2]!, "r", "shared");
    const texts = readPages(dumpPages(listed.snapshot("shared")), size);
    expect(texts.join("")).toBe("map[r:[1.2.3.4:7] s:[1.2.3.4:5 1.2.3.4:6 1.2.3.4:7]]\n");
  });

  test("of nothing is an empty map", () => {
    expect(readPages(dumpPages(new Listed().snapshot("exclusive")), size)).toEqual(["map[]\n"]);
    expect(readPages(dumpPages(new Listed().snapshot("shared")), size)).toEqual(["map[]\n"]);
  });
});
