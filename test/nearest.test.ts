/** "Did you mean": near enough is answered, the rest is not guessed at. */
import { expect, test } from "bun:test";
import { nearest } from "../src/nearest.ts";

test.each([
  ["tset", "test"],
  ["tst", "test"],
  ["tests", "test"],
  ["sevre", "serve"],
  ["SERVE", "serve"],
  ["ser", "serve"],
])("%p was meant to be %p", (word, known) => {
  expect(nearest(word, ["serve", "test"])).toBe(known);
});

test.each(["", "s", "xx", "help", "start", "deploy"])(
  "%p was meant to be nothing known",
  (word) => {
    expect(nearest(word, ["serve", "test"])).toBeUndefined();
  },
);

test("the nearest of several near words is taken", () => {
  expect(nearest("porf", ["pork", "port", "porf-mode", "porfs"])).toBe("pork");
  expect(nearest("unix-mdoe", ["unix", "unix-mode"])).toBe("unix-mode");
});
