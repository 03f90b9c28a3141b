/** The table of commands: each has one name, one usage, one line of help, and is found by its name. */
import { describe, expect, test } from "bun:test";
import { commandIndex, commands, countedFromStart } from "../../src/protocol/commands.ts";
import { lineOf } from "./line-of.ts";

const names = commands.map(({ name }) => name);

test("no two commands have the same name", () => {
  expect(names.length).toBe(new Set(names).size);
  expect(names.length).toBeGreaterThan(20);
});

describe.each(commands.map((command) => [command.name, command] as const))(
  "%s",
  (name, command) => {
    test("has a usage that begins with its name", () => {
      expect(command.usage.split(" ")[0]).toBe(name);
      expect(command.usage).toMatch(/^[a-z]+( [[\]A-Za-z|:]+)*$/);
    });

    test("has a line of help", () => {
      expect(command.help).toMatch(/^[^\s].*[^\s.]$/);
      expect(command.help).not.toContain("\n");
    });

    test("is found by its name, with an argument or without, and by nothing else", () => {
      const index = names.indexOf(name);
      expect(commandIndex(lineOf(name))).toBe(index);
      expect(commandIndex(lineOf(`${name} argument`))).toBe(index);
      expect(commandIndex(lineOf(name.toUpperCase()))).toBe(-1);
      expect(commandIndex(lineOf(`${name}${name}`))).toBe(names.indexOf(`${name}${name}`));
      expect(names[commandIndex(lineOf(name.slice(0, -1)))]).toBe(
        names.find((other) => other === name.slice(0, -1)),
      );
    });
  },
);

test.each(["", "G", "nonsense", "x".repeat(5_000), "\xff", "\x00", "constructor", "@", "-"])(
  "%j is no command",
  (word) => {
    expect(commandIndex(lineOf(word))).toBe(-1);
  },
);

test("what is counted from the start are commands", () => {
  for (const name of countedFromStart) expect(names).toContain(name);
  expect(new Set(countedFromStart).size).toBe(10);
});
