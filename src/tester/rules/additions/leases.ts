/**
 * How long a lock under a key lives: with its connection, for a time, or until it is released.
 * Invariant: what outlives connections is released at the end of its rule, whatever came
 * of that.
 */
import type { Rule, RuleContext } from "../../rule.ts";
import { expectNotEarly, isGranted, people, shortSeconds, takes } from "./words.ts";

/** Nothing here takes so long. */
const longSeconds = 600;

/** Runs `use` with a lock that may be held under the key `k` afterwards. */
async function lent(context: RuleContext, use: (lock: string) => Promise<void>): Promise<void> {
  const lock = context.name("lent");
  try {
    await use(lock);
  } finally {
    // The requestor is the key, so any connection without a name is the same one.
    (await context.connect("z")).send(`kr k ${lock}`);
  }
}

/** The holder of a lease leaves; the lock has to be locked for whoever comes. */
async function outlives(context: RuleContext, ttl: string): Promise<void> {
  await lent(context, async (lock) => {
    const [a, b] = await people(context, "a", "b");
    const ended = context.name("ended");
    await a.expect(`g ${ended}`, `1 Lock Get Success: ${ended}`);
    await takes(a, `kg k ${ttl} 0 ${lock}`, lock);
    a.connection.close();
    // With the connection all of its locks end at once; so when this one has…
    await b.becomes(`i ${ended}`, `0 Lock Not Locked: ${ended}`);
    await b.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
    await b.expect(`g ${lock}`, `0 Lock Get Failure: ${lock}`);
    await b.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
    await b.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
  });
}

export const leaseRules: readonly Rule[] = [
  {
    name: "leases: TTL - ends with the connection",
    needs: ["keys"],
    async run(context) {
      const [a, b] = await people(context, "a", "b");
      const lock = context.name("bound");
      await takes(a, `kg k - 0 ${lock}`, lock);
      await b.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      a.connection.close();
      await b.becomes(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
    },
  },
  {
    name: "leases: TTL 0 outlives the connection until somebody releases it",
    needs: ["keys"],
    run: (context) => outlives(context, "0"),
  },
  {
    name: "leases: a TTL outlives the connection while it lasts",
    needs: ["keys"],
    run: (context) => outlives(context, `${longSeconds}`),
  },
  {
    name: "leases: when the TTL is over the lock goes to the next in line, and not before",
    needs: ["keys", "waits"],
    run: (context) =>
      lent(context, async (lock) => {
        const [a, b] = await people(context, "a", "b");
        const since = performance.now();
        await takes(a, `kg k ${shortSeconds} 0 ${lock}`, lock);
        await takes(b, `gw - ${lock}`, lock);
        expectNotEarly(b, since, `gw - ${lock}, while another has it for ${shortSeconds} s`);
        await a.expect(`kt k ${longSeconds} ${lock}`, `0 Lock Renew Failure: ${lock}`);
        await a.expect(`kr k ${lock}`, `0 Lock Release Failure: ${lock}`);
        await b.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      }),
  },
  {
    name: "leases: kt renews the TTL, from any connection that knows the key",
    needs: ["keys", "waits"],
    run: (context) =>
      lent(context, async (lock) => {
        const [a, b] = await people(context, "a", "b");
        // In one packet, so that it cannot lapse in between.
        const sent = `kg k ${shortSeconds} 0 ${lock}\nkt k ${longSeconds} ${lock}`;
        a.send(sent);
        await isGranted(a, sent, lock);
        await a.receive(sent, `1 Lock Renew Success: ${lock}`);
        await b.expect(`gw ${2 * shortSeconds} ${lock}`, `0 Lock Get Failure: ${lock}`);
        await b.expect(`kt k ${shortSeconds} ${lock}`, `1 Lock Renew Success: ${lock}`);
        await takes(b, `gw - ${lock}`, lock);
        await b.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
      }),
  },
  {
    name: "leases: kt renews nothing that is not held, or under another key",
    needs: ["keys"],
    run: (context) =>
      lent(context, async (lock) => {
        const a = await context.connect("a");
        await a.expect(`kt k ${longSeconds} ${lock}`, `0 Lock Renew Failure: ${lock}`);
        await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
        await takes(a, `kg k ${longSeconds} 0 ${lock}`, lock);
        await a.expect(`kt other ${longSeconds} ${lock}`, `0 Lock Renew Failure: ${lock}`);
        await a.expect(`kr k ${lock}`, `1 Lock Release Success: ${lock}`);
        await a.expect(`kt k ${longSeconds} ${lock}`, `0 Lock Renew Failure: ${lock}`);
      }),
  },
];
