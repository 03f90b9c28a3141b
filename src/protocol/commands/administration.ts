/** `ls`, `free`, `sfree`: everything about locks, and taking them from their holders. */
import type { Mode } from "../../core/request.ts";
import type { Answer, Caller, Command } from "../command.ts";
import type { Line } from "../line.ts";
import { lockPages, lockRanges } from "../lock-pages.ts";
import * as reply from "../replies.ts";

export const administrationCommands: readonly Command[] = [
  {
    name: "ls",
    usage: "ls [PREFIX]",
    help: "each lock, or each whose name begins with PREFIX, as a JSON object a line",
    needs: "read",
    run(caller, line) {
      if (!caller.features.dump) return caller.out.textLine(reply.disabled);
      caller.name(line);
      const prefix = line.bytes.slice(line.argumentStart, line.end);
      const withKeys = caller.administrator;
      caller.list({
        modes: ["exclusive", "shared"],
        only: null,
        pages: (snapshots) => lockPages(lockRanges(snapshots, prefix), withKeys),
      });
    },
  },
  {
    name: "free",
    usage: "free NAME",
    help: "administrators: take the lock from whoever holds it: `N Lock Freed: NAME`, N holders",
    needs: "admin",
    run: (caller, line) => free(caller, line, "exclusive"),
  },
  {
    name: "sfree",
    usage: "sfree NAME",
    help: "the same of a shared lock: `N Shared Lock Freed: NAME`",
    needs: "admin",
    run: (caller, line) => free(caller, line, "shared"),
  },
];

function free(caller: Caller, line: Line, mode: Mode): void {
  caller.free(mode, caller.name(line), mode === "shared" ? answerSharedFreed : answerFreed);
}

const answerFreed: Answer = (out, freed, name) => {
  if (freed > 0) out.number(freed);
  const prefix = freed > 0 ? reply.freed : reply.notLocked;
  out.line(prefix, name.bytes, name.start, name.end);
};

const answerSharedFreed: Answer = (out, freed, name) => {
  if (freed > 0) out.number(freed);
  const prefix = freed > 0 ? reply.sharedFreed : reply.sharedNotLocked;
  out.line(prefix, name.bytes, name.start, name.end);
};
