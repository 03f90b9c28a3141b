/**
 * Writes the expected replies of transcripts anew from what the server answers:
 *
 *     bun test/transcripts/runner/rewrite.ts [FILE …]
 *
 * Lines that fit stay as they are, placeholders and all; only what differs is replaced.
 * Read the difference before you commit it: a transcript is the contract, not a log.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cast, type Reply } from "./cast.ts";
import { openVenue, readScenes, readTranscript } from "./house.ts";
import { turn } from "../../wait-for.ts";
import { type Bindings, sentText, written } from "./pattern.ts";
import { statisticsText } from "./statistics.ts";
import { goesOn } from "./stage.ts";
import type { Action, Scene, Step } from "./script.ts";

const folder = join(import.meta.dir, "..");
const wanted = process.argv.slice(2);
const files = wanted.length > 0 ? wanted : readScenes().map(({ file }) => join(folder, file));
for (const file of files) await rewrite(file);

async function rewrite(file: string): Promise<void> {
  const lines = readFileSync(file, "latin1").split("\n");
  const changes: Change[] = [];
  for (const scene of readTranscript(file)) changes.push(...(await replay(scene)));
  // From the end, so that the numbers of the lines above stay right.
  for (const change of changes.toReversed()) {
    lines.splice(change.firstLine - 1, change.lines, ...change.text);
  }
  if (changes.length > 0) writeFileSync(file, lines.join("\n"), "latin1");
}

/** `lines` lines from `firstLine` on (counted from 1) become `text`. */
interface Change {
  readonly firstLine: number;
  readonly lines: number;
  readonly text: readonly string[];
}

/** Plays a scene and returns where its replies differ. */
async function replay(scene: Scene): Promise<Change[]> {
  // A WebSocket shows which lines are one reply.
  const door = scene.doors.includes("web") ? "web" : (scene.doors[0] ?? "tcp");
  const venue = await openVenue(scene);
  const cast = new Cast({ door, pace: "by line" }, venue);
  const changes: Change[] = [];
  try {
    for (let at = 0; at < scene.steps.length;) {
      const replies = await actOut(cast, scene.steps, at);
      at += 1 + replies.length;
      const next = scene.steps[at];
      const step = scene.steps[at - 1 - replies.length];
      if (step === undefined || step.kind === "ask") continue;
      if (replies.length === 0 && goesOn(step, next)) continue;
      const change = await compare(cast, step, replies);
      if (change !== undefined) changes.push(change);
    }
  } finally {
    await cast.leave();
    await venue.stop();
  }
  return changes;
}

/** Does one step; returns the replies that are written below it. */
async function actOut(cast: Cast, steps: readonly Step[], at: number): Promise<Reply[]> {
  const step = steps[at];
  const rest = steps.slice(at + 1);
  const end = rest.findIndex((other) => other.kind !== "reply");
  const replies = rest
    .slice(0, end < 0 ? rest.length : end)
    .filter((other) => other.kind === "reply");
  if (step?.kind === "send") {
    const peer = await cast.peer(step.client);
    await peer.say(sentText(step.text, cast.bindings, step) + (step.ended ? "\n" : ""), "by line");
  } else if (step?.kind === "ask" && replies[0] !== undefined) {
    await cast.askUntilRight(step, replies[0]);
  } else if (step?.kind === "advance") await cast.advance(step.milliseconds);
  else if (step?.kind === "act") await act(cast, step.client, step.action);
  return replies;
}

async function act(cast: Cast, client: string, action: Action): Promise<void> {
  if (action === "open") return void (await cast.open(client));
  await (await cast.peer(client)).act(action);
  if (action !== "half-close") cast.peers.delete(client);
}

/** What was received since, against the replies below `step`. */
async function compare(
  cast: Cast,
  step: Step,
  replies: readonly Reply[],
): Promise<Change | undefined> {
  // In one process with the server, what it sends is here after a few turns of the loop;
  // a command that proves it would be counted by `q`.
  for (let turns = 0; turns < 50; turns += 1) await turn();
  const received: { client: string; lines: string[] }[] = [];
  let fits = true;
  for (const reply of replies) {
    const peer = await cast.peer(reply.client);
    const lines = peer.unheard() === "" ? [] : await peer.hear(reply.lines.length, 1_000);
    fits &&= cast.fits(reply, lines);
    if (lines.length > 0) received.push({ client: reply.client, lines });
  }
  for (const [client, peer] of cast.peers) {
    for (;;) {
      const lines = peer.unheard() === "" ? [] : await peer.hear(1, 1_000);
      if (lines.length === 0) break;
      fits = false;
      received.push({ client, lines });
    }
  }
  if (fits) return undefined;
  const last = replies.at(-1)?.lines.at(-1)?.line ?? step.line;
  const text = received.flatMap(({ client, lines }) => writtenReply(client, lines, cast.bindings));
  return { firstLine: step.line + 1, lines: last - step.line, text };
}

function writtenReply(client: string, lines: readonly string[], bindings: Bindings): string[] {
  const statistics = statisticsText(lines);
  if (statistics !== undefined) return [`${client}: ${statistics}`];
  return lines.map(
    (line, index) => `${client}${index === 0 ? "<" : "|"} ${written(line, bindings)}`,
  );
}
