/** `gw`, `sgw`, `f`, `x`: standing in line, fences, semaphores, and leaving the line. */
import { type Outcome, Refusal } from "../../core/request.ts";
import { expectEnd, takeLimit, takeTag, takeWait } from "../arguments.ts";
import type { Answer, Command } from "../command.ts";
import { limitReached } from "../fault.ts";
import type { Prefix } from "../output.ts";
import * as reply from "../replies.ts";

export const waitingCommands: readonly Command[] = [
  {
    name: "gw",
    usage: "gw SECONDS NAME",
    help: "get the lock, waiting in line (`0`: not, `-`: for ever): `FENCE Lock Get Success: NAME`",
    needs: "lock",
    takes: true,
    run(caller, line) {
      const milliseconds = takeWait(line);
      const name = caller.lockName(line);
      const ask = { mode: "exclusive", keyed: null, limit: 0, milliseconds } as const;
      caller.request(name, ask, answerExclusive);
    },
  },
  {
    name: "sgw",
    usage: "sgw LIMIT SECONDS NAME",
    help: "get the shared lock once fewer than LIMIT hold it (`0`: any): `N Shared Lock Get Success: NAME`",
    needs: "lock",
    takes: true,
    run(caller, line) {
      const limit = takeLimit(line);
      const milliseconds = takeWait(line);
      const name = caller.lockName(line);
      caller.request(name, { mode: "shared", keyed: null, limit, milliseconds }, answerShared);
    },
  },
  {
    name: "f",
    usage: "f NAME",
    help: "the fence of a lock that you hold: `FENCE Lock Fence: NAME`, `0 Lock Not Held: NAME`",
    needs: "read",
    run(caller, line) {
      const name = caller.name(line);
      const { out } = caller;
      const fence = caller.fence(name);
      out.number(fence);
      out.line(fence > 0 ? reply.fence : reply.notHeld, name.bytes, name.start, name.end);
    },
  },
  {
    name: "x",
    usage: "x TAG",
    help: "end the wait of that tag: `1 Wait Cancelled: TAG`, `0 No Such Wait: TAG`",
    needs: "read",
    run(caller, line) {
      const tag = takeTag(line);
      expectEnd(line);
      const cancelled = caller.cancel(tag);
      caller.out.textLine(cancelled ? `1 Wait Cancelled: ${tag}` : `0 No Such Wait: ${tag}`);
    },
  },
];

/** Puts how a request for an exclusive lock ended. @throws Fault at a limit. */
export const answerExclusive: Answer = (out, outcome, name) => {
  if (outcome > 0) {
    out.number(outcome);
    out.line(reply.fenceGetSuccess, name.bytes, name.start, name.end);
  } else {
    out.line(refusal(outcome, reply.getFailure), name.bytes, name.start, name.end);
  }
};

const answerShared: Answer = (out, outcome, name) => {
  if (outcome > 0) {
    out.number(outcome);
    out.line(reply.sharedGetSuccess, name.bytes, name.start, name.end);
  } else {
    out.line(refusal(outcome, reply.sharedGetFailure), name.bytes, name.start, name.end);
  }
};

function refusal(outcome: Outcome, failure: Prefix): Prefix {
  switch (outcome) {
    case Refusal.deadlock:
      return reply.deadlock;
    case Refusal.locksLimit:
      throw limitReached("locks");
    case Refusal.lockWaitersLimit:
    case Refusal.waitersLimit:
      throw limitReached("waiters");
    default:
      return failure;
  }
}
