/**
 * Signals that come to `glockd run` are CMD's.
 * Invariant: CMD gets each once. What the keys of a terminal send, CMD has from the
 * terminal itself, being in its foreground group as well. What was ignored stays so.
 */
import { constants } from "node:os";
import type { Family } from "../../system/family.ts";
import { isInForeground, type Surroundings } from "../../system/surroundings.ts";

const passedOn: readonly NodeJS.Signals[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
];

/** Those of a group that is no terminal's: it would not get them otherwise. */
const passedOnToGroups: readonly NodeJS.Signals[] = ["SIGWINCH", "SIGCONT"];

const ofTheKeyboard: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);

/** Handles them from now on. */
export function passSignals(surroundings: Surroundings, family: Family): void {
  const { hasTerminal, ignored } = surroundings;
  const names = hasTerminal ? passedOn : [...passedOn, ...passedOnToGroups];
  for (const name of names) {
    if (ignored.includes(constants.signals[name])) continue;
    process.on(name, () => {
      if (hasTerminal && ofTheKeyboard.has(name) && isInForeground()) return;
      family.signal(name);
    });
  }
  if (!hasTerminal) stopTogether(family);
}

/** A group of its own is not stopped with ours. */
function stopTogether(family: Family): void {
  process.on("SIGTSTP", () => {
    family.signal("SIGTSTP");
    process.kill(process.pid, "SIGSTOP");
  });
}
