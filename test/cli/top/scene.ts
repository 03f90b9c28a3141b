/** What tests of `glockd top` look at: a server with locks that are held and waited for. */
import { LineClient } from "../../peers/line-client.ts";
import type { ServerProcess } from "../../server-process.ts";
import { eventually } from "../../wait-for.ts";

export const webOf = (server: ServerProcess): string => `http://127.0.0.1:${server.doors.web.port}`;
/** Flags that lead to the server and to its events. */
export const reach = (server: ServerProcess): string[] => [
  `-unix=${server.doors.unix.unix}`,
  `-web=${webOf(server)}`,
];

/** Two clients, `busy` holds `busy`, two locks more and waits for none; the other waits. */
export async function scene(server: ServerProcess): Promise<[LineClient, LineClient]> {
  const [busy, other] = [
    await LineClient.connect(server.doors.tcp),
    await LineClient.connect(server.doors.tcp),
  ];
  await busy.ask("iam busy");
  await busy.ask("g alone");
  await busy.ask("g wanted");
  await busy.ask("sg pool");
  await other.ask("sg pool");
  other.command("@1 gw - wanted", "@2 gw - wanted");
  await eventually(
    "two wait",
    async () => (await busy.ask("ls wanted")).includes('"waiters":2'),
    Boolean,
  );
  return [busy, other];
}
