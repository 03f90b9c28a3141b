/** `g`, `r`, `i`: one connection holds a lock, or nobody. */
import { Refusal } from "../../core/request.ts";
import { plainTerms } from "../../core/table.ts";
import type { Command } from "../command.ts";
import { limitReached } from "../fault.ts";
import * as reply from "../replies.ts";

export const exclusiveCommands: readonly Command[] = [
  {
    name: "g",
    usage: "g NAME",
    help: "get the lock, or fail: `1 Lock Get Success: NAME`, `0 Lock Get Failure: NAME`",
    needs: "lock",
    takes: true,
    run(caller, line) {
      const name = caller.lockName(line);
      const outcome = caller.acquire("exclusive", name, plainTerms);
      if (outcome === Refusal.locksLimit) throw limitReached("locks");
      const prefix = outcome > 0 ? reply.getSuccess : reply.getFailure;
      caller.out.line(prefix, name.bytes, name.start, name.end);
    },
  },
  {
    name: "r",
    usage: "r NAME",
    help: "release it: `1 Lock Release Success: NAME`, `0 Lock Release Failure: NAME` if not held by you",
    needs: "lock",
    run(caller, line) {
      const name = caller.lockName(line);
      const released = caller.release("exclusive", name);
      const prefix = released ? reply.releaseSuccess : reply.releaseFailure;
      caller.out.line(prefix, name.bytes, name.start, name.end);
    },
  },
  {
    name: "i",
    usage: "i NAME",
    help: "inspect it: `1 Lock Is Locked: NAME`, `0 Lock Not Locked: NAME`",
    needs: "read",
    run(caller, line) {
      const name = caller.name(line);
      const held = caller.holders("exclusive", name) > 0;
      const prefix = held ? reply.isLocked : reply.notLocked;
      caller.out.line(prefix, name.bytes, name.start, name.end);
    },
  },
];
