/** `sg`, `sr`, `si`: any number of connections hold a lock, and are told how many they are. */
import { Refusal } from "../../core/request.ts";
import { plainTerms } from "../../core/table.ts";
import type { Command } from "../command.ts";
import { limitReached } from "../fault.ts";
import * as reply from "../replies.ts";

export const sharedCommands: readonly Command[] = [
  {
    name: "sg",
    usage: "sg NAME",
    help: "get the shared lock: `N Shared Lock Get Success: NAME`, N holders with you",
    needs: "lock",
    takes: true,
    run(caller, line) {
      const name = caller.lockName(line);
      const outcome = caller.acquire("shared", name, plainTerms);
      if (outcome === Refusal.locksLimit) throw limitReached("locks");
      const { out } = caller;
      if (outcome > 0) {
        out.number(outcome);
        out.line(reply.sharedGetSuccess, name.bytes, name.start, name.end);
      } else {
        out.line(reply.sharedGetFailure, name.bytes, name.start, name.end);
      }
    },
  },
  {
    name: "sr",
    usage: "sr NAME",
    help: "release it: `1 Shared Lock Release Success: NAME`, `0 Shared Lock Release Failure: NAME`",
    needs: "lock",
    run(caller, line) {
      const name = caller.lockName(line);
      const released = caller.release("shared", name);
      const prefix = released ? reply.sharedReleaseSuccess : reply.sharedReleaseFailure;
      caller.out.line(prefix, name.bytes, name.start, name.end);
    },
  },
  {
    name: "si",
    usage: "si NAME",
    help: "inspect it: `N Shared Lock Is Locked: NAME`, `0 Shared Lock Not Locked: NAME`",
    needs: "read",
    run(caller, line) {
      const name = caller.name(line);
      const holders = caller.holders("shared", name);
      const { out } = caller;
      if (holders > 0) {
        out.number(holders);
        out.line(reply.sharedIsLocked, name.bytes, name.start, name.end);
      } else {
        out.line(reply.sharedNotLocked, name.bytes, name.start, name.end);
      }
    },
  },
];
