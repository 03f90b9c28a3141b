/** What a connection is called, whether it is there, and what it can ask. */
import { version } from "../../version.ts";
import { expectEnd, takeSeconds } from "../arguments.ts";
import type { Command } from "../command.ts";
import { badRequest } from "../fault.ts";
import { disabled, ok } from "../replies.ts";

/** What this server has beyond the protocol of the older ones. */
const features = "tags waits fences limits keys beat notify ls free";

export const connectionCommands: readonly Command[] = [
  {
    name: "me",
    usage: "me",
    help: "this connection's address and name: `1 ADDR HOLDER`",
    needs: "read",
    run(caller) {
      caller.out.textLine(`1 ${caller.address} ${caller.label}`);
    },
  },
  {
    name: "iam",
    usage: "iam [NAME]",
    help: "register this connection's name, or reset it: `1 ok`",
    needs: "read",
    run(caller, line) {
      if (!caller.features.registry) return caller.out.textLine(disabled);
      caller.name(line);
      caller.register(line.argument());
      caller.out.textLine(ok);
    },
  },
  {
    name: "ping",
    usage: "ping",
    help: "`1 pong`",
    needs: "nothing",
    run: (caller) => caller.out.textLine("1 pong"),
  },
  {
    name: "beat",
    usage: "beat SECONDS",
    help: "end this connection once it was silent for SECONDS (`0`: never): `1 ok`",
    needs: "read",
    run(caller, line) {
      const milliseconds = takeSeconds(line);
      expectEnd(line);
      caller.beat(milliseconds);
      caller.out.textLine(ok);
    },
  },
  {
    name: "auth",
    usage: "auth NAME:SECRET",
    help: "say who you are: `1 ok`, `0 denied`; without configured credentials anybody is welcome",
    needs: "nothing",
    run: (caller, line) => caller.authenticate(line.argument()),
  },
  {
    name: "notify",
    usage: "notify on|off",
    help: "be told of locks that you lose, in lines that begin with `@! `: `1 ok`",
    needs: "read",
    run(caller, line) {
      const argument = line.argument();
      if (argument !== "on" && argument !== "off") throw badRequest("say notify on or notify off");
      caller.notify(argument === "on");
      caller.out.textLine(ok);
    },
  },
  {
    name: "version",
    usage: "version",
    help: "`1 glockd VERSION FEATURE ...`",
    needs: "nothing",
    run: (caller) => caller.out.textLine(`1 glockd ${version} ${features}`),
  },
];
