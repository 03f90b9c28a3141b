/**
 * Many clients at once. The witness of who holds what is in this process: a client is
 * entered when its grant arrives and taken out before its release is sent, so two at
 * a time mean that the server granted twice.
 */
import type { Client } from "../client.ts";
import { RuleFailure } from "../failure.ts";
import type { Rule } from "../rule.ts";

const clientsCount = 24;
const grantsDue = 300;
const fightMilliseconds = 3_000;

class Witness {
  readonly #holders = new Map<string, Client>();
  #grants = 0;

  get grants(): number {
    return this.#grants;
  }

  enter(lock: string, client: Client): void {
    const other = this.#holders.get(lock);
    if (other !== undefined)
      throw new RuleFailure({
        sent: `${client.label}> g ${lock}, while ${other.label} holds it`,
        came: `1 Lock Get Success: ${lock}, after ${this.#grants} grants`,
        due: `0 Lock Get Failure: ${lock}`,
      });
    this.#holders.set(lock, client);
    this.#grants += 1;
  }

  leave(lock: string): void {
    this.#holders.delete(lock);
  }
}

/** Gets whatever name it can, holds it for as long as a reply takes, and lets it go. */
async function fight(
  client: Client,
  locks: readonly string[],
  witness: Witness,
  over: () => boolean,
): Promise<void> {
  for (let turn = 0; !over(); turn += 1) {
    const lock = locks[(turn + Number(client.label)) % locks.length] ?? "";
    const reply = await client.expect(`g ${lock}`, /^[01] Lock Get (Success|Failure): /);
    if (reply.startsWith("0")) continue;
    witness.enter(lock, client);
    await client.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    witness.leave(lock);
    await client.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
  }
}

export const concurrencyRules: readonly Rule[] = [
  {
    name: "concurrency: a lock never has two holders, however many fight for it",
    needs: [],
    async run({ connectMany, name }) {
      const clients = await connectMany(clientsCount);
      const locks = [name("first"), name("second"), name("third")];
      const witness = new Witness();
      const end = performance.now() + fightMilliseconds;
      const over = (): boolean => witness.grants >= grantsDue || performance.now() > end;
      await Promise.all(clients.map((client) => fight(client, locks, witness, over)));
      if (witness.grants === 0)
        throw new RuleFailure({
          sent: `g from ${clientsCount} clients`,
          came: "no grant at all",
          due: "grants",
        });
    },
  },
  {
    name: "concurrency: of many who ask at once exactly one gets the lock",
    needs: [],
    async run({ connectMany, name }) {
      const clients = await connectMany(clientsCount);
      for (let round = 0; round < 25; round += 1) {
        const lock = name("race");
        const replies = await Promise.all(clients.map((client) => client.ask(`g ${lock}`)));
        const granted = replies.filter((reply) => reply === `1 Lock Get Success: ${lock}`).length;
        const refused = replies.filter((reply) => reply === `0 Lock Get Failure: ${lock}`).length;
        if (granted !== 1 || refused !== clientsCount - 1)
          throw new RuleFailure({
            sent: `g ${lock} from ${clientsCount} clients at once`,
            came: `${granted} granted, ${refused} refused`,
            due: `1 granted, ${clientsCount - 1} refused`,
          });
      }
    },
  },
  {
    name: "concurrency: shared holders who come at once are counted once each",
    needs: [],
    async run({ connectMany, name }) {
      const clients = await connectMany(clientsCount);
      const lock = name("shared");
      const replies = await Promise.all(clients.map((client) => client.ask(`sg ${lock}`)));
      const counts = replies
        .map((reply) => Number.parseInt(reply, 10))
        .toSorted((one, other) => one - other);
      const due = clients.map((_, at) => at + 1);
      if (counts.join() !== due.join())
        throw new RuleFailure({
          sent: `sg ${lock} from ${clientsCount} clients at once`,
          came: `the counts ${counts.join(" ")}`,
          due: `each of 1 to ${clientsCount} once`,
        });
      await Promise.all(
        clients.map((client) =>
          client.expect(`sr ${lock}`, `1 Shared Lock Release Success: ${lock}`),
        ),
      );
      await clients[0]?.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
    },
  },
];
