/**
 * `glockd top`: which locks are contended for, live in a terminal or once as plain text.
 * Invariant: it takes no lock and changes nothing, unless somebody asks for a lock to be
 * freed and answers with y.
 */
import { randomBytes } from "node:crypto";
import { defineCommand } from "citty";
import type { Client } from "../client/index.ts";
import { parseFlags, type Flag } from "../flags.ts";
import { versionLine } from "../version.ts";
import { exitStatus } from "./exit-status.ts";
import { atServer, openClient } from "./reach/connect.ts";
import { reachFlags, reachNote } from "./reach/flags.ts";
import { type Reach, reachOf } from "./reach/reach.ts";
import { snapshotOf } from "./top/frame.ts";
import { Live } from "./top/live.ts";
import { firstView } from "./top/view.ts";
import { Watch } from "./top/watch.ts";
import { type Web, webOf } from "./top/web.ts";
import { print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

const flags = [
  ...reachFlags,
  {
    name: "web",
    kind: "string",
    default: undefined,
    value: "URL",
    env: true,
    help: "The server's web port, which tells grants and times: port 9998 of the same host unless given. HOST:PORT alone means https where TLS is asked for, else http.",
  },
  {
    name: "interval",
    kind: "number",
    default: 2,
    min: 0.1,
    max: 3_600,
    value: "S",
    help: "Seconds between two looks at the locks; with -once, how long grants are watched.",
  },
  {
    name: "once",
    kind: "boolean",
    default: false,
    help: "Print the table as plain text and stop, as it is when standard output is no terminal.",
  },
] as const satisfies readonly Flag[];

export const usage: Usage = {
  summary: "glockd top: the locks of a running server, the most contended first.",
  synopsis: ["glockd top [FLAGS] [PREFIX]"],
  flags,
  notes: [
    "PREFIX shows only locks whose names begin with it. Keys: ? lists them; s sorts by the next column, / filters, f frees the lock under the cursor (administrators; it asks first), q quits.",
    "Holders and waiters come from the server itself; grants a second and times come from the events of its web port, and are - without it. It is load for a server to tell them.",
    reachNote,
    "Exit status: 0 done; 2 the server cannot be reached, or wrong usage; 128 and the signal's number.",
  ],
  examples: [
    ["glockd top -once", "the locks that are held or waited for, as plain text"],
    ["glockd top -once deploy/", "those whose names begin with deploy/"],
  ],
};

export default defineCommand({
  meta: { name: "top", description: "The locks of a running server, live." },
  run: async ({ rawArgs }) => {
    const operands = { names: ["PREFIX"], least: 0 };
    const parsed = parseFlags(flags, rawArgs, process.env, [], operands);
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const reach = reachOf(parsed, process.env);
    const { web, interval, once } = parsed.values;
    const [prefix = ""] = parsed.operands;
    const watched = { prefix, web: webOf(web, reach), intervalMilliseconds: interval * 1_000 };
    const status = await top(reach, { ...watched, isLive: !once && isTerminal() });
    // A terminal that was read from would keep the process.
    process.exit(status);
  },
});

interface Watched {
  readonly prefix: string;
  readonly web: Web | { readonly why: string };
  readonly intervalMilliseconds: number;
  readonly isLive: boolean;
}

async function top(reach: Reach, watched: Watched): Promise<number> {
  // As listings of connections tell it; it shows which server has this connection.
  const name = `glockd-top-${randomBytes(4).toString("hex")}`;
  const open = (): Client => openClient(reach, { name });
  return await atServer(
    "top",
    reach,
    async (client) => {
      const watch = new Watch(client, { ...watched, reach, open, name });
      try {
        return await (watched.isLive
          ? live(reach, watch, watched)
          : snapshot(reach, watch, watched));
      } finally {
        await watch.end();
      }
    },
    { name },
  );
}

async function live({ place }: Reach, watch: Watch, watched: Watched): Promise<number> {
  const { intervalMilliseconds } = watched;
  const style = { colour: !process.env["NO_COLOR"] };
  const table = await watch.firstList(firstView.order);
  return await new Live({ place, watch, intervalMilliseconds, style }).run(table);
}

async function snapshot({ place }: Reach, watch: Watch, watched: Watched): Promise<number> {
  let table = await watch.firstList(firstView.order);
  await watch.listen();
  if (watch.grantsPerSecond !== undefined) {
    // So that who waits since before is known when grants are watched.
    await watch.list(firstView.order, "");
    await Bun.sleep(watched.intervalMilliseconds);
    table = (await watch.list(firstView.order, "")) ?? table;
  }
  const { grantsPerSecond, note } = watch;
  print(snapshotOf({ place, table, grantsPerSecond, note, nowMilliseconds: Date.now() }));
  return exitStatus.stopped;
}

function isTerminal(): boolean {
  return process.stdout.isTTY === true && process.env["TERM"] !== "dumb";
}
