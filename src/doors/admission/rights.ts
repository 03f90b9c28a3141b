/**
 * What a connection may do, as a table of the commands: those that it may not use answer
 * so in their places. Dispatch looks nothing up and asks nothing.
 */
import { type Authority, type Credential, isAdministrator, mayRead } from "../../auth/authority.ts";
import type { Command, Need } from "../../protocol/command.ts";
import { commands } from "../../protocol/commands.ts";
import { authRequired, denied } from "../../protocol/replies.ts";

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
  if (!authority.required) return local ? everything : withoutAdministration;
  if (credential === null) return stranger;
  if (isAdministrator(credential)) return everything;
  if (!mayRead(credential)) return stranger;
  if (credential.role === "read") return onlyToLook;
  return credential.prefixes.length === 0
    ? withoutAdministration
    : { ...withoutAdministration, bound: credential };
}

const everything: Rights = { commands, administrator: true, bound: null };
const withoutAdministration = rightsTo(["nothing", "read", "lock"], denied);
const onlyToLook = rightsTo(["nothing", "read"], denied);
const stranger = rightsTo(["nothing"], authRequired);

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
