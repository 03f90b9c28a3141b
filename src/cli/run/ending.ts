/**
 * What becomes of CMD when the lock is lost: it is asked to end, and made to.
 * Invariant: once this resolves, nobody of CMD's family is left but who became a family of
 * its own, or whom the system does not let us end.
 */
import type { Child } from "./child.ts";

/** SIGTERM to all, SIGKILL after `graceSeconds` to whoever is left. */
export async function endChild({ family, ended }: Child, graceSeconds: number): Promise<void> {
  family.signal("SIGTERM");
  // Who was stopped has to go on to be able to end.
  family.signal("SIGCONT");
  const killAt = performance.now() + graceSeconds * 1000;
  while (family.signal(0) && performance.now() < killAt) await pause();
  family.signal("SIGKILL");
  await ended;
}

const lookMilliseconds = 20;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
}
