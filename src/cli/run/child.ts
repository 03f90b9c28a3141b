/**
 * CMD as a process: started by way of this program itself, which sets what can only be set
 * between fork and exec, and then becomes CMD.
 * Invariant: CMD has the standard streams, the signals and the descriptors that this
 * process was started with; and the connection, so that the lock lasts as long as CMD does
 * should this process be killed.
 */
import { constants } from "node:os";
import { canExec, exec, type Image } from "../../system/exec.ts";
import { descendantsOf, type Family, groupOf } from "../../system/family.ts";
import { reasonOf } from "../../system/reason.ts";
import type { Surroundings } from "../../system/surroundings.ts";
import { exitStatus } from "../exit-status.ts";
import { complain } from "../display/output.ts";

/** CMD, running. */
export interface Child {
  /** CMD and what it has started; see `family.ts`. */
  readonly family: Family;
  /** Its exit status as a shell tells it: 128 + N for signal N. */
  readonly ended: Promise<number>;
}

export interface ChildOptions {
  readonly command: readonly string[];
  /** Variables to set besides those of this process, or to take away. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly surroundings: Surroundings;
  /** The connection's. */
  readonly descriptor: number | undefined;
}

/** What `glockd run` calls itself with, to become CMD. */
export const childArgument = "--become";

/** What it is told there, as JSON. */
type Orders = Omit<Image, "argv">;

/** Where shells keep what is not to be in the way of `exec 3<file`. */
const firstHighDescriptor = 10;

/** @returns an exit status if the system cannot start it. */
export function startChild(options: ChildOptions): Child | number {
  const { command, variables, surroundings } = options;
  const { ignored, descriptorLimit, hasTerminal } = surroundings;
  const stdio = streams(options);
  const kept = [...stdio.keys()].filter((at) => at > 2 && stdio[at] !== null);
  const orders: Orders = { parent: process.pid, ignored, descriptorLimit, kept };
  const argv = canExec ? [...ownCommand(), childArgument, JSON.stringify(orders)] : [];
  try {
    const child = Bun.spawn([...argv, ...command], {
      stdio: stdio as ["inherit", "inherit", "inherit"],
      env: { ...process.env, ...variables },
      // A terminal stops whoever reads from it in another group than the one it serves.
      detached: !hasTerminal,
    });
    const family = hasTerminal ? descendantsOf(child.pid) : groupOf(child.pid);
    return { family, ended: child.exited.then(() => statusOf(child)) };
  } catch (error) {
    return notRun(command[0], reasonOf(error), 126);
  }
}

/** What the process that is to become CMD does. Returns an exit status when it cannot. */
export function becomeChild([orders = "", ...argv]: readonly string[]): number {
  const failure = exec({ ...(JSON.parse(orders) as Orders), argv });
  if (failure === undefined) return exitStatus.signalled(constants.signals.SIGTERM);
  return notRun(argv[0], failure.reason, failure.status);
}

function notRun(command: string | undefined, reason: string, status: number): number {
  complain(`glockd run: cannot run ${JSON.stringify(command)}: ${reason}\n`);
  return status;
}

/** The compiled binary alone, or Bun with the file that it runs. */
function ownCommand(): string[] {
  const isCompiled = /^(\/\$bunfs\/|[a-z]:[\\/]~BUN[\\/])/i.test(Bun.main);
  return isCompiled ? [process.execPath, "run"] : [process.execPath, Bun.main, "run"];
}

/** Each descriptor in its place, the connection above all of them. */
function streams({ surroundings, descriptor }: ChildOptions): ("inherit" | number | null)[] {
  const { descriptors } = surroundings;
  const all: ("inherit" | number | null)[] = ["inherit", "inherit", "inherit"];
  const end = Math.max(firstHighDescriptor - 1, ...descriptors) + 1;
  for (let at = all.length; at < end; at += 1) all.push(descriptors.includes(at) ? at : null);
  if (descriptor !== undefined) all.push(descriptor);
  return all;
}

function statusOf({ exitCode, signalCode }: Bun.Subprocess): number {
  if (exitCode !== null) return exitCode;
  const { signals } = constants;
  return exitStatus.signalled(signals[signalCode as keyof typeof signals] ?? 0);
}
