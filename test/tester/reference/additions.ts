/** The commands that the older servers do not have. */
import { Arguments, BadRequest } from "./arguments.ts";
import type { Call, Command } from "./call.ts";
import { commands } from "./commands.ts";
import { keyGet, keyRelease, keyRenew } from "./keys.ts";
import { describeLocks } from "./listed-locks.ts";
import type { Mode } from "./request.ts";
import { ask, giveUp } from "./waiting.ts";

export const additions: Readonly<Record<string, Command>> = {
  gw: (call) =>
    withArguments(call, (given) => {
      const milliseconds = given.seconds("SECONDS");
      const name = given.name();
      return ask(call, {
        wish: { mode: "exclusive", name, key: undefined, requestor: undefined, limit: 0 },
        milliseconds,
        granted: ({ fence }) => `${fence} Lock Get Success: ${name}`,
        failed: `0 Lock Get Failure: ${name}`,
      });
    }),
  sgw: (call) =>
    withArguments(call, (given) => {
      const none = call.reference.fault === "takes no limit for one place" ? 1 : 0;
      const limit = given.limit() || none;
      const milliseconds = given.seconds("SECONDS");
      const name = given.name();
      const { locks } = call.reference;
      return ask(call, {
        wish: { mode: "shared", name, key: undefined, requestor: undefined, limit },
        milliseconds,
        granted: () => `${locks.holders("shared", name).length} Shared Lock Get Success: ${name}`,
        failed: `0 Shared Lock Get Failure: ${name}`,
      });
    }),
  f: ({ reference, peer, name }) => {
    const holders = reference.locks.holders("exclusive", name);
    const own =
      reference.fault === "tells fences to anybody"
        ? holders[0]
        : holders.find((held) => held.peer === peer);
    return [own === undefined ? `0 Lock Not Held: ${name}` : `${own.fence} Lock Fence: ${name}`];
  },
  x: (call) =>
    withArguments(call, (given) => {
      const tag = given.word("TAG");
      if (!/^[\w.-]{1,32}$/.test(tag)) throw new BadRequest("TAG is no tag");
      return [cancel(call, tag) ? `1 Wait Cancelled: ${tag}` : `0 No Such Wait: ${tag}`];
    }),
  kg: (call) => withArguments(call, (given) => keyGet(call, given)),
  kr: (call) => withArguments(call, (given) => keyRelease(call, given)),
  kt: (call) => withArguments(call, (given) => keyRenew(call, given)),
  ping: ({ reference }) => [reference.fault === "says pang" ? "1 pang" : "1 pong"],
  beat: (call) =>
    withArguments(call, (given) => {
      const milliseconds = given.seconds("SECONDS");
      const { reference, peer } = call;
      const keeps = reference.fault === "ignores the end of a beat" && milliseconds === 0;
      if (reference.fault !== "ignores beats" && !keeps) peer.beatMilliseconds = milliseconds;
      reference.heard(peer);
      return ["1 ok"];
    }),
  notify: (call) =>
    withArguments(call, (given) => {
      const word = given.word("on or off");
      if (word !== "on" && word !== "off") throw new BadRequest("say on or off");
      call.peer.notified = word === "on";
      return ["1 ok"];
    }),
  auth: () => ["1 ok"],
  ls: (call) => describeLocks(call),
  free: (call) => free(call, "exclusive"),
  sfree: (call) => free(call, "shared"),
  version: () => ["1 glockd 0.0.0 tags waits fences limits keys beat notify ls free"],
  help: ({ reference }) => {
    const all = [...Object.keys(commands), ...Object.keys(additions)];
    return reference.fault === "forgets commands in help" ? all.slice(1) : all;
  },
};

function withArguments(
  call: Call,
  run: (given: Arguments) => readonly string[] | undefined,
): readonly string[] | undefined {
  try {
    return run(new Arguments(call));
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return [`0 Bad Request: ${error.message}`];
  }
}

function cancel({ reference, peer }: Call, tag: string): boolean {
  const others = reference.fault === "cancels the waits of others" ? [...reference.peers] : [peer];
  const request = others.map((each) => each.tags.get(tag)).find((found) => found !== undefined);
  if (request !== undefined) giveUp(reference, request, "cancels and grants");
  return request !== undefined;
}

function free({ reference, peer, name }: Call, mode: Mode): readonly string[] {
  const { locks, fault } = reference;
  if (!peer.administrator && fault !== "frees for anybody") return ["0 denied"];
  const kind = mode === "shared" ? "Shared Lock" : "Lock";
  const holders = locks.holders(mode, name);
  const freed = fault === "frees one holder of many" ? holders.slice(0, 1) : holders;
  for (const held of freed) {
    if (held.taker.notified && !held.taker.gone && fault !== "frees without a word")
      held.taker.tell(`@! 0 ${kind} Lost: ${name}\n`);
    locks.remove(held);
  }
  return [
    freed.length === 0 ? `0 ${kind} Not Locked: ${name}` : `${freed.length} ${kind} Freed: ${name}`,
  ];
}
