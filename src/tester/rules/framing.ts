/** Commands and packets are two things: many in one, one in many, and the end of input. */
import type { Client } from "../client.ts";
import type { Rule } from "../rule.ts";

/** Commands of one client with the only replies that are right. */
interface Conversation {
  readonly commands: string;
  readonly replies: readonly string[];
}

/** Every command in turn over many names: each reply can be at one place only. */
function conversation(name: (label: string) => string, rounds: number): Conversation {
  const first = name("piped");
  const [commands, replies]: [string[], string[]] = [[], []];
  const say = (command: string, reply: string): void => {
    commands.push(`${command}\n`);
    replies.push(reply);
  };
  for (let round = 0; round < rounds; round += 1) {
    const lock = `${first}-${round}`;
    say(`g ${lock}`, `1 Lock Get Success: ${lock}`);
    say(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    say(`sg ${lock}`, `1 Shared Lock Get Success: ${lock}`);
    say(`r ${lock}`, `1 Lock Release Success: ${lock}`);
    say(`r ${lock}`, `0 Lock Release Failure: ${lock}`);
    say(`si ${lock}`, `1 Shared Lock Is Locked: ${lock}`);
    say(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
    say(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
  }
  return { commands: commands.join(""), replies };
}

async function expectReplies(
  client: Client,
  sent: string,
  replies: readonly string[],
): Promise<void> {
  for (const [at, due] of replies.entries()) await client.receive(`${sent}, reply ${at + 1}`, due);
}

/** One packet for each piece, as far as the system lets us say. */
async function sendPieces(
  client: Client,
  bytes: string,
  lengths: (at: number) => number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const length = lengths(at);
    client.connection.send(bytes.slice(at, at + length));
    at += length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const framingRules: readonly Rule[] = [
  {
    name: "framing: thousands of commands in one write are answered in order",
    needs: [],
    async run({ connect, name }) {
      const a = await connect("a");
      const { commands, replies } = conversation(name, 500);
      a.connection.send(commands);
      await expectReplies(a, `${replies.length} commands in one write`, replies);
    },
  },
  {
    name: "framing: several clients' commands in one write each stay apart",
    needs: ["pipelining"],
    async run({ connectMany, name }) {
      const clients = await connectMany(10);
      const talks = clients.map((client) => ({ client, ...conversation(name, 50) }));
      for (const { client, commands } of talks) client.connection.send(commands);
      for (const { client, replies } of talks)
        await expectReplies(client, `${replies.length} commands in one write`, replies);
    },
  },
  {
    name: "framing: a command may come byte by byte",
    needs: ["stream"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("cut");
      const told = [
        [`g ${lock}\r\n`, `1 Lock Get Success: ${lock}`],
        [`i ${lock}\n`, `1 Lock Is Locked: ${lock}`],
        [`r ${lock}\n`, `1 Lock Release Success: ${lock}`],
      ] as const;
      for (const [command, due] of told) {
        await sendPieces(a, command, () => 1);
        await expectReplies(a, `${command.trimEnd()} byte by byte`, [due]);
      }
    },
  },
  {
    name: "framing: packets may be cut anywhere",
    needs: ["stream", "pipelining"],
    async run({ connect, name }) {
      const a = await connect("a");
      const { commands, replies } = conversation(name, 20);
      const lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
      await sendPieces(a, commands, (at) => lengths[at % lengths.length] ?? 1);
      await expectReplies(a, `${replies.length} commands in odd pieces`, replies);
    },
  },
  {
    name: "framing: after a half-close the reply still comes, then the connection ends",
    needs: ["stream"],
    async run({ connect, name }) {
      const a = await connect("a");
      const lock = name("last");
      a.send(`g ${lock}`);
      a.connection.halfClose();
      await expectReplies(a, `g ${lock}, then the end of input`, [`1 Lock Get Success: ${lock}`]);
      await a.expectEnd(`g ${lock}, then the end of input`);
    },
  },
  {
    name: "framing: after a half-close thousands of replies still come",
    needs: ["stream", "pipelining"],
    async run({ connect, name }) {
      const a = await connect("a");
      const { commands, replies } = conversation(name, 500);
      a.connection.send(commands);
      a.connection.halfClose();
      const sent = `${replies.length} commands, then the end of input`;
      await expectReplies(a, sent, replies);
      await a.expectEnd(sent);
    },
  },
];
