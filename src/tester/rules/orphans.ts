/** Whoever leaves holds nothing, in whatever way it left. */
import type { Client } from "../client.ts";
import type { Rule, RuleContext } from "../rule.ts";

/** Takes locks with one client, ends it with `leave`, and sees them free with another. */
async function freedAfter(context: RuleContext, leave: (client: Client) => void): Promise<void> {
  const { connect, name } = context;
  const [a, b] = [await connect("a"), await connect("b")];
  const locks = [name("first"), name("second"), name("third")];
  const shared = name("shared");
  for (const lock of locks) await a.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
  await a.expect(`sg ${shared}`, `1 Shared Lock Get Success: ${shared}`);
  for (const lock of locks) await b.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
  leave(a);
  await seenFree(b, locks, [shared]);
}

async function seenFree(
  client: Client,
  locks: readonly string[],
  shared: readonly string[],
): Promise<void> {
  for (const lock of locks) await client.becomes(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
  for (const lock of shared)
    await client.becomes(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
  for (const lock of locks) await client.expect(`g ${lock}`, `1 Lock Get Success: ${lock}`);
}

export const orphanRules: readonly Rule[] = [
  {
    name: "orphans: a closed connection's locks are free",
    needs: [],
    run: (context) => freedAfter(context, (client) => client.connection.close()),
  },
  {
    name: "orphans: a half-closed connection's locks are free",
    needs: ["stream"],
    run: (context) => freedAfter(context, (client) => client.connection.halfClose()),
  },
  {
    name: "orphans: a reset connection's locks are free",
    needs: [],
    run: (context) => freedAfter(context, (client) => client.connection.reset()),
  },
  {
    name: "orphans: a killed process's locks are free",
    needs: [],
    async run({ connect, name, process }) {
      const a = await connect("a");
      const lock = name("killed");
      const child = await process("holds", lock);
      await a.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
      await a.expect(`si ${lock}`, `1 Shared Lock Is Locked: ${lock}`);
      await child.kill();
      await seenFree(a, [lock], [lock]);
    },
  },
  {
    name: "orphans: what others hold stays theirs",
    needs: [],
    async run({ connect, name }) {
      const [a, b, c] = [await connect("a"), await connect("b"), await connect("c")];
      const [gone, kept, shared] = [name("gone"), name("kept"), name("shared")];
      await a.expect(`g ${gone}`, `1 Lock Get Success: ${gone}`);
      await b.expect(`g ${kept}`, `1 Lock Get Success: ${kept}`);
      await a.expect(`sg ${shared}`, `1 Shared Lock Get Success: ${shared}`);
      await b.expect(`sg ${shared}`, `2 Shared Lock Get Success: ${shared}`);
      a.connection.close();
      await c.becomes(`i ${gone}`, `0 Lock Not Locked: ${gone}`);
      await c.becomes(`si ${shared}`, `1 Shared Lock Is Locked: ${shared}`);
      await c.expect(`i ${kept}`, `1 Lock Is Locked: ${kept}`);
      await b.expect(`r ${kept}`, `1 Lock Release Success: ${kept}`);
    },
  },
];

/** The last rule of all: it looks at every name that was used before it. */
export const traceRule: Rule = {
  name: "orphans: nothing is left of this whole run",
  needs: [],
  async run({ connect, namesUsed }) {
    const a = await connect("a");
    for (const name of namesUsed().slice()) {
      await a.becomes(`i ${name}`, `0 Lock Not Locked: ${name}`);
      await a.becomes(`si ${name}`, `0 Shared Lock Not Locked: ${name}`);
    }
  },
};
