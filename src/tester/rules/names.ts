/** What a name may be, and what is white space around it. */
import type { Client } from "../client.ts";
import { RuleSkipped } from "../failure.ts";
import type { Rule } from "../rule.ts";

/** Gets, inspects and releases `lock`, sent as `written`. */
async function roundTrip(client: Client, lock: string, written = ` ${lock}`): Promise<void> {
  await client.expect(`g${written}`, `1 Lock Get Success: ${lock}`);
  await client.expect(`i${written}`, `1 Lock Is Locked: ${lock}`);
  await client.expect(`i ${lock}`, `1 Lock Is Locked: ${lock}`);
  await client.expect(`r${written}`, `1 Lock Release Success: ${lock}`);
}

/** Every byte that is neither white space nor a line's end, one a character. */
const plainBytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  .filter((byte) => !" \t\n\v\f\r".includes(byte))
  .join("");

export const nameRules: readonly Rule[] = [
  {
    name: "names: no name at all is the empty name",
    needs: [],
    async run({ connect }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const got = await a.expect("g", /^[01] Lock Get (Success|Failure): $/);
      // The one name that this tester cannot have for itself.
      if (got.startsWith("0"))
        throw new RuleSkipped("another client holds the empty name at the moment");
      await b.expect("g", "0 Lock Get Failure: ");
      await b.expect("i", "1 Lock Is Locked: ");
      await a.expect("r", "1 Lock Release Success: ");
      const shared = await a.expect("sg", /^[1-9][0-9]* Shared Lock Get Success: $/);
      await a.expect("sg", shared);
      await a.expect("sr", "1 Shared Lock Release Success: ");
    },
  },
  {
    name: "names: spaces within a name belong to it",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const first = name("of");
      await a.expect(`g ${first} two words`, `1 Lock Get Success: ${first} two words`);
      await b.expect(`i ${first}`, `0 Lock Not Locked: ${first}`);
      await b.expect(`g ${first} two words`, `0 Lock Get Failure: ${first} two words`);
    },
  },
  {
    name: "names: spaces around them are dropped, runs within count as one",
    needs: [],
    async run({ connect, name }) {
      const first = name("folded");
      await roundTrip(await connect("a"), `${first} x y`, `    ${first}  x   y  `);
      const b = await connect("b");
      await b.expect(`  g  ${first}`, `1 Lock Get Success: ${first}`);
    },
  },
  {
    name: "names: tab, VT, FF and CR are white space as well",
    needs: [],
    async run({ connect, name }) {
      const first = name("folded");
      await roundTrip(await connect("a"), `${first} x y z`, `\t${first}\v\fx\t \ty\rz\f`);
    },
  },
  {
    name: "names: a line may end with CR LF",
    needs: [],
    async run({ connect, name }) {
      const lock = name("crlf");
      await roundTrip(await connect("a"), lock, ` ${lock}\r`);
    },
  },
  {
    name: "names: UTF-8 comes back as it went",
    needs: [],
    async run({ connect, name }) {
      const text = Buffer.from("Schlüssel-鍵-🔑", "utf8").toString("latin1");
      await roundTrip(await connect("a"), `${name("text")}-${text}`);
    },
  },
  {
    name: "names: any bytes come back as they went",
    needs: [],
    async run({ connect, name }) {
      await roundTrip(await connect("a"), `${name("bytes")}-${plainBytes}`);
    },
  },
  {
    name: "names: white space of Unicode belongs to the name",
    needs: [],
    async run({ connect, name }) {
      const spaces = Buffer.from("x\u0085\u00a0y\u2003\u3000", "utf8").toString("latin1");
      await roundTrip(await connect("a"), `${name("unicode")}-${spaces}`);
    },
  },
  {
    name: "names: bytes that look alike as text are different locks",
    needs: [],
    async run({ connect, name }) {
      const [a, b] = [await connect("a"), await connect("b")];
      const first = name("distinct");
      await a.expect(`g ${first}-\xff`, `1 Lock Get Success: ${first}-\xff`);
      await b.expect(`g ${first}-\xfe`, `1 Lock Get Success: ${first}-\xfe`);
      await b.expect(`g ${first}-\xef\xbf\xbd`, `1 Lock Get Success: ${first}-\xef\xbf\xbd`);
    },
  },
];
