/** What a WebSocket adds: messages with an end. */
import type { Client } from "../client.ts";
import { visible } from "../failure.ts";
import type { Rule } from "../rule.ts";

/** The messages since the last look, empty ones left out. */
function messagesSince(client: Client, before: number): readonly string[] {
  return client.connection.messages.slice(before).filter((message) => message !== "");
}

/** A line's end as the Go server may send it. */
function withoutReturns(message: string): string {
  return message.replaceAll("\r\n", "\n");
}

function expectMessages(
  client: Client,
  sent: string,
  before: number,
  due: readonly string[],
): void {
  const came = messagesSince(client, before).map(withoutReturns);
  if (came.join("\0") !== due.join("\0"))
    throw client.failure(
      sent,
      came.map((message) => `"${visible(message)}"`).join(" "),
      due.map((message) => `"${visible(message)}"`).join(" "),
    );
}

export const webRules: readonly Rule[] = [
  {
    name: "websocket: each reply is one message that ends with LF",
    needs: ["web"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("message");
      await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
      await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      expectMessages(a, `g ${lock}, i ${lock}`, 0, [
        `1 Lock Get Success: ${lock}\n`,
        `1 Lock Is Locked: ${lock}\n`,
      ]);
    },
  },
  {
    name: "websocket: the last LF of a message may be left out",
    needs: ["web"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("open");
      a.connection.send(`g ${lock}`);
      await a.receive(`g ${lock} without LF`, `1 Lock Get Success: ${lock}`);
    },
  },
  {
    name: "websocket: a message may hold several commands, each reply is its own message",
    needs: ["web", "pipelining"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("several");
      const due = [
        `1 Lock Get Success: ${lock}`,
        `1 Lock Is Locked: ${lock}`,
        `1 Lock Release Success: ${lock}`,
      ];
      const sent = `g ${lock}\ni ${lock}\nr ${lock}`;
      a.connection.send(sent);
      for (const line of due) await a.reply(sent, line);
      expectMessages(
        a,
        visible(sent),
        0,
        due.map((line) => `${line}\n`),
      );
    },
  },
  {
    name: "websocket: a listing is one message with all its lines",
    needs: ["web", "dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const lock = name("listed");
      await a.expect(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
      await b.expect(`sg ${lock}`, `2 Shared Lock Get Success: ${lock}`);
      const before = a.connection.messages.length;
      const lines = await a.listing(`sd ${lock}`);
      const [message = ""] = messagesSince(a, before).map(withoutReturns);
      const due = lines.map((line) => `${line}\n`).join("");
      if (message !== due || lines.length !== 2)
        throw a.failure(`sd ${lock}`, `"${visible(message)}"`, `both holders in one message`);
    },
  },
];
