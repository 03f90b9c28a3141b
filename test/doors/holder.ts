/**
 * A client process that holds locks until it is killed:
 *
 *     bun test/doors/holder.ts DOOR PLACE EXCLUSIVE,… SHARED,…
 *
 * DOOR is tcp, unix or web; PLACE a port or a path. Says `held` once it holds them all.
 */
import { LineClient } from "../peers/line-client.ts";
import { WebClient } from "../peers/web-client.ts";

const [, , door = "", place = "", exclusive = "", shared = ""] = process.argv;
const where = door === "unix" ? { unix: place } : { port: Number(place) };
const client = await (door === "web" ? WebClient : LineClient).connect(where);
for (const name of names(exclusive)) await get(`g ${name}`);
for (const name of names(shared)) await get(`sg ${name}`);
process.stdout.write("held\n");

function names(list: string): string[] {
  return list.split(",").filter((name) => name !== "");
}

async function get(command: string): Promise<void> {
  const reply = await client.ask(command);
  if (reply.startsWith("0")) throw new Error(`${command}: ${reply}`);
}
