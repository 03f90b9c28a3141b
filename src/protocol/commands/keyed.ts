/** `kg`, `kr`, `kt`: locks that several hold under one key, and that may outlive a connection. */
import { takeKey, takeTtl, takeWait } from "../arguments.ts";
import type { Answer, Command } from "../command.ts";
import { badRequest } from "../fault.ts";
import * as reply from "../replies.ts";
import { answerExclusive } from "./waiting.ts";

export const keyedCommands: readonly Command[] = [
  {
    name: "kg",
    usage: "kg KEY TTL SECONDS NAME",
    help: "get the lock together with all that use KEY, for TTL seconds (`0`: until released, `-`: as long as connected): `FENCE Lock Get Success: NAME`",
    needs: "lock",
    takes: true,
    run(caller, line) {
      const key = takeKey(line, caller.keyBytesMax);
      const ttlMilliseconds = takeTtl(line);
      const milliseconds = takeWait(line);
      const name = caller.lockName(line);
      const keyed = { key, requestor: caller.requestor(key), ttlMilliseconds };
      const ask = { mode: "exclusive", keyed, limit: 0, milliseconds } as const;
      caller.request(name, ask, answerExclusive);
    },
  },
  {
    name: "kr",
    usage: "kr KEY NAME",
    help: "release what you hold under KEY, however often you got it: `1 Lock Release Success: NAME`",
    needs: "lock",
    run(caller, line) {
      const key = takeKey(line, caller.keyBytesMax);
      const name = caller.lockName(line);
      caller.releaseKeyed(name, { key, requestor: caller.requestor(key) }, answerRelease);
    },
  },
  {
    name: "kt",
    usage: "kt KEY TTL NAME",
    help: "let it live TTL seconds from now (`0`: until released): `1 Lock Renew Success: NAME`",
    needs: "lock",
    run(caller, line) {
      const key = takeKey(line, caller.keyBytesMax);
      const ttlMilliseconds = takeTtl(line);
      if (ttlMilliseconds === null) throw badRequest("TTL must be a number of seconds");
      const name = caller.lockName(line);
      const keyed = { key, requestor: caller.requestor(key), ttlMilliseconds };
      caller.renewKeyed(name, keyed, answerRenewal);
    },
  },
];

const answerRelease: Answer = (out, released, name) => {
  const prefix = released > 0 ? reply.releaseSuccess : reply.releaseFailure;
  out.line(prefix, name.bytes, name.start, name.end);
};

const answerRenewal: Answer = (out, renewed, name) => {
  const prefix = renewed > 0 ? reply.renewSuccess : reply.renewFailure;
  out.line(prefix, name.bytes, name.start, name.end);
};
