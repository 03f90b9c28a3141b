/** Which step of a resource the binary is, by the name that Concourse calls it. */

export const steps = ["check", "in", "out"] as const;
export type Step = (typeof steps)[number];

/**
 * The step that `/opt/resource/check`, `in` and `out` stand for when they are links to the
 * binary. `argv0` is what the system was told (`process.argv0`): `process.argv` and
 * `process.execPath` of a compiled binary do not know the link.
 */
export function stepCalledAs(argv0: string): Step | undefined {
  const [, name] = /([^/]*?)(?:\.exe)?$/.exec(argv0) ?? [];
  return steps.find((step) => step === name);
}
