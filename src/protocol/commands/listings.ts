/** `d`, `sd`, `dump`, `who`, `q`: who holds what, who is here, and how much was done. */
import { nameBytes } from "../../core/records/name.ts";
import type { Mode } from "../../core/request.ts";
import type { Caller, Command } from "../command.ts";
import type { Line } from "../line.ts";
import { dumpPages, holderPages, textPages } from "../pages.ts";
import { disabled } from "../replies.ts";

export const listingCommands: readonly Command[] = [
  {
    name: "d",
    usage: "d [NAME]",
    help: "who holds the lock, or each lock: `NAME: HOLDER` a line",
    needs: "read",
    run: (caller, line) => listHolders(caller, line, "exclusive"),
  },
  {
    name: "sd",
    usage: "sd [NAME]",
    help: "the same of shared locks, holders in the order in which they came",
    needs: "read",
    run: (caller, line) => listHolders(caller, line, "shared"),
  },
  {
    name: "dump",
    usage: "dump [shared]",
    help: "all locks and their holders' addresses in one line: `map[NAME:ADDR ...]`",
    needs: "read",
    run(caller, line) {
      if (!caller.features.dump) return caller.out.textLine(disabled);
      const mode = line.argument() === "shared" ? "shared" : "exclusive";
      caller.list({
        modes: [mode],
        only: null,
        pages: ([snapshot]) => dumpPages(snapshot!),
      });
    },
  },
  {
    name: "who",
    usage: "who [NAME]",
    help: "the connections that registered a name: `ADDR: NAME` a line",
    needs: "read",
    run(caller, line) {
      const { features } = caller;
      if (!features.dump || !features.registry) return caller.out.textLine(disabled);
      caller.name(line);
      const wanted = line.argument();
      const lines: string[] = [];
      for (const { address, label } of caller.registered()) {
        if (wanted === "" || wanted === label) lines.push(`${address}: ${label}`);
      }
      caller.list({ modes: [], only: null, pages: () => textPages(lines) });
    },
  },
  {
    name: "q",
    usage: "q",
    help: "statistics: `KEY: N` a line",
    needs: "read",
    run(caller) {
      caller.list({
        modes: [],
        only: null,
        pages: () => textPages(caller.statistics().map(([key, value]) => `${key}: ${value}`)),
      });
    },
  },
];

function listHolders(caller: Caller, line: Line, mode: Mode): void {
  if (!caller.features.dump) return caller.out.textLine(disabled);
  const name = caller.name(line);
  caller.list({
    modes: [mode],
    only: name.length === 0 ? null : nameBytes(name),
    pages: ([snapshot]) => holderPages(snapshot!),
  });
}
