/**
 * Servers that do what a real one would not: say nothing, know less, answer late.
 * Invariant: a script sees each line once, in order, and alone decides what is answered.
 */
import type { Socket } from "node:net";
import { Changes } from "../wait-for.ts";
import type { Room } from "./room.ts";

/** One connection of a fake server. */
export interface Visitor {
  readonly number: number;
  say(line: string): void;
  hangUp(): void;
}

export interface FakeServer {
  readonly unix: string;
  /** All lines of all connections, in order. */
  readonly heard: readonly string[];
  readonly changes: Changes;
  readonly connections: number;
}

export interface FakeOptions {
  /** As the Go server: what comes behind the first line of a packet is lost. */
  readonly dropsRest?: boolean;
}

/** Starts one whose `answer` is called with each line. */
export async function fakeServer(
  room: Room,
  answer: (line: string, visitor: Visitor) => void,
  { dropsRest = false }: FakeOptions = {},
): Promise<FakeServer> {
  const state = { heard: [] as string[], changes: new Changes(), connections: 0 };
  const { unix } = await room.listen((socket: Socket) => {
    state.connections += 1;
    const visitor: Visitor = {
      number: state.connections,
      say: (line) => void socket.write(`${line}\n`),
      hangUp: () => void socket.end(),
    };
    let rest = "";
    socket.on("data", (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of dropsRest ? lines.slice(0, 1) : lines) {
        state.heard.push(line);
        answer(line, visitor);
      }
      state.changes.announce();
    });
  });
  return Object.assign(state, { unix });
}

/** `@7 gw - a` as `["7", "gw", "- a"]`. */
export function parts(line: string): [tag: string, command: string, rest: string] {
  const [, tag = "", command = "", rest = ""] = /^(?:@(\S+) )?(\S+) ?(.*)$/.exec(line) ?? [];
  return [tag, command, rest];
}

/** What every server of the second part says at first; `undefined` for anything else. */
export function courtesy(line: string): string | undefined {
  const [tag, command] = parts(line);
  if (line === "version") return "1 glockd 9.9.9 tags waits fences limits keys beat notify";
  const isPolite = ["notify", "beat", "iam"].includes(command);
  if (isPolite) return `@${tag} 1 ok`;
  return command === "ping" ? `@${tag} 1 pong` : undefined;
}

/**
 * A server of the first part of the protocol: `g r i sg sr si me iam`, and no word to
 * anything else.
 */
export function oldServer(ending = ""): (line: string, visitor: Visitor) => void {
  const held = new Map<string, Set<number>>();
  return (line, { number, say }) => {
    const [, command, name] = parts(line);
    const isShared = command.startsWith("s") && command.length === 2;
    const id = `${isShared} ${name}`;
    const holders = held.get(id) ?? new Set<number>();
    held.set(id, holders);
    const word = isShared ? "Shared Lock" : "Lock";
    const reply = (text: string): void => say(`${text}: ${name}${isShared ? ending : ""}`);
    if (command === "me") return say(`1 unix:${number} unix:${number}`);
    if (command === "iam") return say("1 ok");
    if (command === "g" && holders.size > 0 && !holders.has(number)) {
      return reply("0 Lock Get Failure");
    }
    if (command === "g" || command === "sg") {
      holders.add(number);
      return reply(`${holders.size} ${word} Get Success`);
    }
    if (command === "r" || command === "sr") {
      const released = holders.delete(number);
      return reply(released ? `1 ${word} Release Success` : `0 ${word} Release Failure`);
    }
    if (command === "i" || command === "si") {
      const { size } = holders;
      return reply(size > 0 ? `${size} ${word} Is Locked` : `0 ${word} Not Locked`);
    }
  };
}
