/**
 * A client process that waits for a lock until it is killed:
 *
 *     bun test/doors/waiter.ts DOOR PLACE LOCK
 *
 * Says `waiting` once the server has its request.
 */
import { LineClient } from "../peers/line-client.ts";
import { WebClient } from "../peers/web-client.ts";

const [, , door = "", place = "", lock = ""] = process.argv;
const where = door === "unix" ? { unix: place } : { port: Number(place) };
const client = await (door === "web" ? WebClient : LineClient).connect(where);
client.send(`@1 gw - ${lock}\n`);
await client.ask("ping");
process.stdout.write("waiting\n");
await client.take(1);
throw new Error("granted, or ended");
