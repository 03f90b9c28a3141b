/** Whether each test is where somebody would look for it. */
import { type Complaints, modulesBelow, type Sources } from "./sources.ts";

/** Folders of `test` whose tests are about a theme that no single file of `src` is. */
export const themes = [
  "transcripts",
  "clients",
  "sim",
  "doors",
  "tidy",
  "builds",
  "run",
  "bench",
  "docs",
  "guarantees",
  "packaging",
];

/** Tests that mirror no file or folder of `src` and belong to no theme. */
export function misplacedTests(sources: Sources): Complaints {
  return modulesBelow(sources, "test")
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => !hasSubject(path.slice(5, -8), sources))
    .map((path) => `${path} mirrors no file of src and belongs to no theme`);
}

function hasSubject(subject: string, sources: Sources): boolean {
  const [room = ""] = subject.split("/");
  if (themes.includes(room)) return true;
  // A file, a folder, or a theme of a room: test/tester/faults.test.ts.
  const paths = [...sources.keys()];
  if (sources.has(`src/${subject}.ts`)) return true;
  return subject.includes("/")
    ? paths.some((path) => path.startsWith(`src/${room}/`))
    : paths.some((path) => path.startsWith(`src/${subject}/`));
}
