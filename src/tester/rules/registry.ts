/** Names of connections: `me`, `iam`, `who`. */
import type { Client } from "../client.ts";
import type { Rule } from "../rule.ts";

/** An address as the protocol prints it: IPv4, bracketed IPv6, or a counted unix client. */
const address = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}:\d+|\[[0-9a-fA-F:.%\w]+\]:\d+|unix:[1-9]\d*)`;
const unnamed = new RegExp(`^1 (${address}) \\1$`);

/** The address under which the server knows this client. */
export async function addressOf(client: Client): Promise<string> {
  const reply = await client.ask("me", "1 ADDRESS NAME");
  const found = new RegExp(`^1 (${address}) .+$`).exec(reply)?.[1];
  if (found === undefined) throw client.failure("me", reply, "1 ADDRESS NAME");
  return found;
}

export const registryRules: readonly Rule[] = [
  {
    name: "registry: me tells the address twice while there is no name",
    needs: [],
    async run({ connect }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const mine = await a.expect("me", unnamed);
      await a.expect("me", mine);
      const other = await b.expect("me", unnamed);
      if (other === mine)
        throw b.failure("me", other, "another address than that of another connection");
    },
  },
  {
    name: "registry: iam registers a name, which me tells behind the address",
    needs: ["registry"],
    async run({ connect, name }) {
      const a = await connect("a");
      const mine = await addressOf(a);
      const [first, second] = [name("worker one"), name("worker two")];
      await a.expect(`iam ${first}`, "1 ok");
      await a.expect("me", `1 ${mine} ${first}`);
      await a.expect(`iam ${second}`, "1 ok");
      await a.expect("me", `1 ${mine} ${second}`);
    },
  },
  {
    name: "registry: iam alone takes the name back",
    needs: ["registry"],
    async run({ connect, name }) {
      const a = await connect("a");
      const mine = await addressOf(a);
      await a.expect(`iam ${name("worker")}`, "1 ok");
      await a.expect("iam", "1 ok");
      await a.expect("me", `1 ${mine} ${mine}`);
    },
  },
  {
    name: "registry: who NAME lists everybody of that name, nobody otherwise",
    needs: ["registry", "dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const team = name("team");
      const due = [`${await addressOf(a)}: ${team}`, `${await addressOf(b)}: ${team}`];
      await a.expectNothing(`who ${team}`);
      for (const client of [a, b]) await client.expect(`iam ${team}`, "1 ok");
      const listed = await a.listing(`who ${team}`);
      if (listed.toSorted().join("\n") !== due.toSorted().join("\n"))
        throw a.failure(`who ${team}`, listed.join(", "), due.join(", "));
      for (const client of [a, b]) await client.expect("iam", "1 ok");
      await a.expectNothing(`who ${team}`);
    },
  },
  {
    name: "registry: who lists the registered connections only",
    needs: ["registry", "dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const worker = name("worker");
      const [line, other] = [`${await addressOf(a)}: ${worker}`, await addressOf(b)];
      await a.expect(`iam ${worker}`, "1 ok");
      const listed = await b.listing("who");
      if (!listed.includes(line)) throw b.failure("who", shortList(listed), `a line ${line}`);
      const stray = listed.find((found) => found.startsWith(`${other}: `));
      if (stray !== undefined) throw b.failure("who", stray, "no line for who has no name");
    },
  },
  {
    name: "registry: a name goes with its connection",
    needs: ["registry", "dump"],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const worker = name("worker");
      await a.expect(`iam ${worker}`, "1 ok");
      a.connection.close();
      await b.until(
        () => b.listing(`who ${worker}`),
        (lines) => lines.length === 0,
        { sent: `who ${worker}`, due: "no line after its end" },
      );
    },
  },
];

/** A listing in one line, cut, for what is shown. */
export function shortList(lines: readonly string[]): string {
  const shown = lines.slice(0, 4).join(", ");
  return lines.length > 4 ? `${shown}, … (${lines.length} lines)` : shown || "no line";
}
