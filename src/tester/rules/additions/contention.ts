/**
 * Many clients that wait for the same locks at once. The witness of who holds what is in
 * this process: a client is entered when its grant arrives and taken out before its
 * release is sent, so two at a time mean that the server granted twice.
 */
import type { Client } from "../../client.ts";
import { RuleFailure } from "../../failure.ts";
import type { Rule } from "../../rule.ts";
import { isGranted } from "./words.ts";

const clientsCount = 20;
const turnsEach = 10;

interface Held {
  holder: Client | undefined;
  fence: number;
}

async function takeTurns(client: Client, lock: string, held: Held): Promise<void> {
  for (let turn = 0; turn < turnsEach; turn += 1) {
    // With and without a tag in turn: both stand in the same line.
    const tag = turn % 2 === 0 ? undefined : "t";
    const command = `${tag === undefined ? "" : `@${tag} `}gw - ${lock}`;
    client.send(command);
    const fence = await isGranted(client, command, lock, tag);
    if (held.holder !== undefined || fence <= held.fence)
      throw new RuleFailure({
        sent: `${client.label}> ${command}, while ${held.holder?.label ?? "nobody"} holds it`,
        came: `a grant with the fence ${fence}`,
        due: `nothing yet, and then a fence above ${held.fence}`,
      });
    held.holder = client;
    held.fence = fence;
    await client.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    held.holder = undefined;
    await client.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
  }
}

export const contentionRules: readonly Rule[] = [
  {
    name: "contention: a lock that many wait for has one holder at a time, and all get it",
    needs: ["waits", "fences", "tags"],
    async run({ connectMany, name }) {
      const clients = await connectMany(clientsCount);
      const locks = [name("first"), name("second")];
      const held = locks.map((): Held => ({ holder: undefined, fence: 0 }));
      const turns = clients.map((client, at) => {
        const lock = at % locks.length;
        return takeTurns(client, locks[lock] ?? "", held[lock] as Held);
      });
      await Promise.all(turns);
      for (const lock of locks) await clients[0]?.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "contention: a semaphore that many wait for has never more holders than places",
    needs: ["limits"],
    async run({ connectMany, name }) {
      const [places, lock] = [3, name("places")];
      let holders = 0;
      const turn = async (client: Client): Promise<void> => {
        const command = `sgw ${places} - ${lock}`;
        const came = await client.expect(command, /^[1-3] Shared Lock Get Success: /);
        holders += 1;
        if (holders > places)
          throw client.failure(`${command}, while ${holders - 1} hold it`, came, "nothing yet");
        await client.expect(`si ${lock}`, /^[1-3] Shared Lock Is Locked: /);
        holders -= 1;
        await client.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`);
      };
      const turns = async (client: Client): Promise<void> => {
        for (let time = 0; time < turnsEach; time += 1) await turn(client);
      };
      const clients = await connectMany(clientsCount);
      await Promise.all(clients.map(turns));
      await clients[0]?.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
    },
  },
];
