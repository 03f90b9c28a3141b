/**
 * The processes that a command has become: its process group where it has one of its own,
 * else itself and its descendants.
 * Invariant: a signal reaches no process that is not of the family, this one least of all.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Who is told, all of them or none. */
export interface Family {
  /** Sends a signal to each, and says whether there was anybody. */
  signal(signal: NodeJS.Signals | 0): boolean;
}

/** Everybody in the group that `leader` leads. */
export function groupOf(leader: number): Family {
  return { signal: (signal) => send(-leader, signal) };
}

/**
 * `ancestor` and whoever descends from it, orphans that were seen as well; only `ancestor`
 * where there is no /proc.
 */
export function descendantsOf(ancestor: number): Family {
  if (startOf(process.pid) === undefined) return { signal: (signal) => send(ancestor, signal) };
  const known = new Map([[ancestor, startOf(ancestor)]]);
  return {
    signal(signal) {
      for (const [id, started] of descendants([...known.keys()])) known.set(id, started);
      for (const [id, started] of known) {
        // The number may be somebody else's by now.
        if (startOf(id) !== started || started === undefined) known.delete(id);
        else send(id, signal);
      }
      return known.size > 0;
    },
  };
}

function send(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(id, signal);
    return true;
  } catch (error) {
    // Somebody is there, who belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Descendants that are alive, and when each was started. */
function descendants(ancestors: readonly number[]): Map<number, string> {
  const children = new Map<number, number[]>();
  const starts = new Map<number, string>();
  for (const id of processes()) {
    const fields = fieldsOf(id);
    if (fields === undefined) continue;
    const parent = Number(fields[1]);
    starts.set(id, fields[startField] ?? "");
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const found = new Map<number, string>();
  const visit = (id: number): void => {
    for (const child of children.get(id) ?? []) {
      if (found.has(child)) continue;
      found.set(child, starts.get(child) ?? "");
      visit(child);
    }
  };
  for (const id of ancestors) visit(id);
  return found;
}

function processes(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

const startField = 19;

/** Of a process that is there and no zombie: its state, parent, group and so on. */
function fieldsOf(id: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields;
  } catch {
    return undefined;
  }
}

function startOf(id: number): string | undefined {
  return fieldsOf(id)?.[startField];
}
