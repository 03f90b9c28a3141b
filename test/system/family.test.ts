/** Whom a signal to a command's processes reaches. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { descendantsOf, groupOf } from "../../src/system/family.ts";
import { eventually, testMilliseconds, within } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

/** A shell whose child outlives it unless it is told, too; says the child's number. */
async function parentAndChild(detached: boolean) {
  const script = "sleep 100 & echo $!; wait; exit 3";
  const parent = Bun.spawn(["sh", "-c", script], { stdout: "pipe", detached });
  const reader = parent.stdout.getReader();
  const { value } = await within("the child's number", reader.read());
  return { parent, child: Number(new TextDecoder().decode(value)) };
}

const isAlive = (id: number): boolean => {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ["groupOf", groupOf, true],
  ["descendantsOf", descendantsOf, false],
] as const)(
  "%s reaches the command and its child, and says when nobody is left",
  async (_, familyOf, detached) => {
    const { parent, child } = await parentAndChild(detached);
    const family = familyOf(parent.pid);
    expect(family.signal(0)).toBe(true);
    expect([isAlive(parent.pid), isAlive(child)]).toEqual([true, true]);
    expect(family.signal("SIGTERM")).toBe(true);
    await within("the command's end", parent.exited);
    await eventually(
      "the child's end",
      () => family.signal(0),
      (is) => !is,
    );
  },
);

test("descendantsOf remembers a child whose parent has ended", async () => {
  const { parent, child } = await parentAndChild(false);
  const family = descendantsOf(parent.pid);
  expect(family.signal(0)).toBe(true);
  process.kill(parent.pid, "SIGKILL");
  await within("the command's end", parent.exited);
  expect(isAlive(child)).toBe(true);
  expect(family.signal("SIGKILL")).toBe(true);
  await eventually(
    "the child's end",
    () => family.signal(0),
    (is) => !is,
  );
});
