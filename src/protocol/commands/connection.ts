/** `me`, `iam`: what a connection is called. */
import type { Command } from "../command.ts";
import { disabled, ok } from "../replies.ts";

export const connectionCommands: readonly Command[] = [
  {
    name: "me",
    usage: "me",
    help: "this connection's address and name: `1 ADDR HOLDER`",
    run(caller) {
      caller.out.textLine(`1 ${caller.address} ${caller.label}`);
    },
  },
  {
    name: "iam",
    usage: "iam [NAME]",
    help: "register this connection's name, or reset it: `1 ok`",
    run(caller, line) {
      if (!caller.features.registry) return caller.out.textLine(disabled);
      caller.name(line);
      caller.register(line.argument());
      caller.out.textLine(ok);
    },
  },
];
