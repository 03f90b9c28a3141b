/**
 * Standing in a server's line over HTTP for longer than any request may last: before one
 * ends, the next, with the same Idempotency-Key, has joined it.
 * Invariant: at most two requests are under way, and none when it returns; whatever
 * happens to them, the server grants once.
 */
import type { Answer } from "./locker.ts";
import type { Outage, Pace } from "./pace.ts";

interface Standing {
  readonly ending: AbortController;
  readonly outcome: Promise<Outcome>;
}

type Outcome =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly by: Standing | undefined; readonly error: unknown }
  | { readonly kind: "time" };

export interface StandOptions {
  /** Sends the request: the same each time. */
  readonly ask: (signal: AbortSignal) => Promise<Answer>;
  readonly pace: Pace;
  readonly outage: Outage;
  /** Told whenever a request was joined by the next: nothing has happened for a while. */
  readonly stillWaiting: () => void;
}

/** The first answer of the server to any of the requests. @throws LockerError */
export async function stand(options: StandOptions): Promise<Answer> {
  const { pace, outage } = options;
  let underWay = [begin(options)];
  try {
    for (;;) {
      const first = await firstOf(underWay, pace);
      if (first.kind === "answered") return first.answer;
      if (first.kind === "failed") {
        underWay = underWay.filter((standing) => standing !== first.by);
        // One that still stands keeps the place.
        if (underWay.length > 0) continue;
        await outage.endure(first.error);
        underWay = [begin(options)];
        continue;
      }
      outage.over();
      options.stillWaiting();
      // The newest has been there for a while: nobody needs the one before it.
      for (const standing of underWay.slice(0, -1)) standing.ending.abort();
      underWay = [...underWay.slice(-1), begin(options)];
    }
  } finally {
    for (const { ending } of underWay) ending.abort();
  }
}

function begin({ ask }: StandOptions): Standing {
  const ending = new AbortController();
  const outcome = ask(ending.signal).then(
    (answer): Outcome => ({ kind: "answered", answer }),
    (error: unknown): Outcome => ({ kind: "failed", by: standing, error }),
  );
  const standing: Standing = { ending, outcome };
  return standing;
}

async function firstOf(underWay: readonly Standing[], pace: Pace): Promise<Outcome> {
  const enough = new AbortController();
  const time = pace
    .pause(pace.handOverMilliseconds, enough.signal)
    .then((): Outcome => ({ kind: "time" }));
  try {
    return await Promise.race([...underWay.map(({ outcome }) => outcome), time]);
  } finally {
    enough.abort();
  }
}
