/**
 * Who can never go on, found by playing the rest of the game: whoever is not blocked
 * gives up all that it has, what that lets through is let through, and so on. Whoever is
 * blocked then is blocked for ever. Slow and obvious.
 *
 * A tagged wait is played as somebody else's, who goes on: such waits have a place in
 * line and take no other part.
 */
import type { LockSpace } from "../../../src/core/lock-space.ts";
import type { Mode, Wait } from "../../../src/core/request.ts";
import type { SessionId } from "../../../src/core/sessions.ts";
import * as Request from "../../../src/core/records/request-words.ts";
import type { Scene } from "../scene.ts";
import { lineOf, lockIds } from "../scene.ts";

/** One request in the game. */
interface Place {
  /** `null`: somebody who goes on. */
  readonly session: SessionId | null;
  readonly mode: Mode;
  readonly key: string | null;
  readonly limit: number;
  /** Blocks its session until it is let in. */
  readonly blocks: boolean;
}

/** Somebody asks, and would be blocked until the lock is theirs. */
export interface Question {
  readonly session: SessionId;
  readonly space: LockSpace;
  readonly lock: number;
  readonly limit: number;
  readonly key: string | null;
}

/** The sessions that are blocked for ever, `question` asked or not. */
export function stuckSessions(scene: Scene, question?: Question): SessionId[] {
  const lines: Place[][] = [];
  for (const space of [scene.table.exclusive, scene.table.shared]) {
    for (const lock of lockIds(space)) {
      const line = placesOf(scene, space, lock);
      if (question?.space === space && question.lock === lock) {
        line.push({ ...question, mode: space.mode, blocks: true });
      }
      lines.push(line);
    }
  }
  const blocked = new Set(
    lines.flat().flatMap(({ session, blocks }) => (blocks && session !== null ? [session] : [])),
  );
  for (let before = -1; before !== size(lines);) {
    before = size(lines);
    for (const line of lines) {
      const run = letIn(line);
      for (const { session, blocks } of run) if (blocks) blocked.delete(session!);
    }
    for (const line of lines) {
      const run = letIn(line);
      const stays = (place: Place): boolean =>
        run.includes(place) ? place.session !== null && blocked.has(place.session) : true;
      line.splice(0, line.length, ...line.filter(stays));
    }
  }
  return [...blocked].sort((a, b) => a - b);
}

function placesOf(scene: Scene, space: LockSpace, lock: number): Place[] {
  const { holders, waiters } = lineOf(space, lock);
  const { sessions } = scene.table;
  const held = holders.map(({ request, session }): Place => {
    const goesOn = session === 0 || sessions.isGone(session);
    const key = space.holders.keyedBy(request)?.key ?? null;
    const limit = 0;
    return { session: goesOn ? null : session, mode: space.mode, key, limit, blocks: false };
  });
  const waits = waiters.map(({ request, session }): Place => {
    const wait = waitOf(space, request);
    const goesOn = !wait.patience.blocking || sessions.isGone(session);
    return {
      session: goesOn ? null : session,
      mode: space.mode,
      key: wait.keyed?.key ?? null,
      limit: wait.limit,
      blocks: !goesOn,
    };
  });
  return [...held, ...waits];
}

function waitOf(space: LockSpace, request: number): Wait {
  if (space.requests.get(request, Request.state) !== Request.waiting) throw new Error("no waiter");
  return space.waits.get(request)!;
}

/** The places at the front that hold together. */
function letIn(line: readonly Place[]): Place[] {
  let run = 0;
  while (run < line.length && fits(line[run]!, line.slice(0, run))) run++;
  return line.slice(0, run);
}

function fits(place: Place, before: readonly Place[]): boolean {
  if (before.length === 0) return true;
  if (place.mode === "shared") return place.limit === 0 || before.length < place.limit;
  return place.key !== null && place.key !== "-" && before.every(({ key }) => key === place.key);
}

function size(lines: readonly Place[][]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}
