/**
 * What a connection may do, as a table of the commands: those that it may not use answer
 * so in their places. Dispatch looks nothing up and asks nothing.
 */
import { type Authority, type Credential, isAdministrator, mayRead } from "../../auth/authority.ts";
import type { Command, Need } from "../../protocol/command.ts";
import { commands } from "../../protocol/commands.ts";
import { authRequired, denied, shuttingDown } from "../../protocol/replies.ts";

/** One connection's rights; the prefixes of its credential are checked with each name. */
export interface Rights {
  readonly commands: readonly Command[];
  /** Whether it may see keys. */
  readonly administrator: boolean;
  /** Whose prefixes bind it; `null` when it may take any lock. */
  readonly bound: Credential | null;
}

/** Of somebody with this credential; `local`: over the unix socket, or from within. */
export function rightsOf(
  authority: Authority,
  options: { credential: Credential | null; local: boolean },
): Rights {
  const { credential, local } = options;
  const rights = (made ??= makeRights());
  if (!authority.required) return local ? rights.everything : rights.withoutAdministration;
  if (credential === null) return rights.stranger;
  if (isAdministrator(credential)) return rights.everything;
  if (!mayRead(credential)) return rights.stranger;
  if (credential.role === "read") return rights.onlyToLook;
  return credential.prefixes.length === 0
    ? rights.withoutAdministration
    : { ...rights.withoutAdministration, bound: credential };
}

/** The same table for a server that drains: what takes a lock is refused in its place. */
export function withoutTaking(allowed: readonly Command[]): readonly Command[] {
  const found = tablesWithoutTaking.get(allowed);
  if (found !== undefined) return found;
  const table = allowed.map((command, index) =>
    // Whoever may not use it at all is told that.
    command.takes === true && command === commands[index]
      ? { ...command, run: refuseTaking }
      : command,
  );
  tablesWithoutTaking.set(allowed, table);
  return table;
}

const refuseTaking: Command["run"] = (caller) => caller.out.textLine(shuttingDown);

/** There are as many as there are kinds of rights. */
const tablesWithoutTaking = new Map<readonly Command[], readonly Command[]>();

/** With the first connection: listening does not wait for them. */
let made: ReturnType<typeof makeRights> | undefined;

function makeRights() {
  return {
    everything: { commands, administrator: true, bound: null } satisfies Rights,
    withoutAdministration: rightsTo(["nothing", "read", "lock"], denied),
    onlyToLook: rightsTo(["nothing", "read"], denied),
    stranger: rightsTo(["nothing"], authRequired),
  };
}

function rightsTo(needs: readonly Need[], refusal: string): Rights {
  const refused = (command: Command): Command => ({
    ...command,
    run(caller) {
      caller.denied(command.name, refusal.replace(/^0 /, ""));
      caller.out.textLine(refusal);
    },
  });
  const allowed = commands.map((command) =>
    needs.includes(command.needs) ? command : refused(command),
  );
  return { commands: allowed, administrator: false, bound: null };
}
