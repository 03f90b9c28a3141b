/**
 * Clients that take, renew and release holds, each in one way and one operation at a time,
 * and note what they were told.
 *
 * Invariant: an entry's operation is noted before it is sent, and acknowledged only by the
 * answer to it; whatever else comes back is an error.
 */
import { HttpClient } from "../../peers/http-client.ts";
import { LineClient } from "../../peers/line-client.ts";
import type { Doors } from "../../server-process.ts";
import type { Random } from "../../sim/random.ts";
import { type Effect, Entry, releasing, renewing, taking } from "./entries.ts";

const namesOfLane = 4;
const key = (lane: number): string => `key-${lane}`;

/** One client with holds of its own; reconnects when the server is new. */
export interface Lane {
  readonly entries: readonly Entry[];
  /** What it was given since it connected, in order. */
  readonly fences: number[];
  connect(doors: Doors): Promise<void>;
  /** One operation, acknowledged when it resolves; rejects when the connection ends. */
  step(random: Random): Promise<void>;
  drop(): void;
}

/** The server said something that it must not say. */
export class WrongAnswer extends Error {}

abstract class OneByOne implements Lane {
  readonly entries: readonly Entry[];
  readonly fences: number[] = [];

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  abstract connect(doors: Doors): Promise<void>;
  abstract drop(): void;
  abstract step(random: Random): Promise<void>;

  /** Notes the effect, asks, and acknowledges what `fenceOf` accepts of the answer. */
  protected async operate<Answer>(
    entry: Entry,
    effect: Effect,
    ask: () => Promise<Answer>,
    fenceOf: (answer: Answer) => number | null | undefined,
  ): Promise<void> {
    entry.pending = effect;
    const isNew = entry.state === null;
    const answer = await ask();
    const fence = fenceOf(answer);
    if (fence === undefined) {
      throw new WrongAnswer(`${entry.name}: ${JSON.stringify([entry.state, answer])}`);
    }
    entry.acknowledge(fence);
    if (isNew && fence !== null) this.fences.push(fence);
  }
}

/** `kg`, `kt`, `kr` and, over the unix socket, `free`. */
class LineLane extends OneByOne {
  private readonly door: "tcp" | "unix";
  private readonly waitSeconds: number;
  private client: LineClient | null = null;

  constructor(door: "tcp" | "unix", entries: readonly Entry[], waitSeconds = 0) {
    super(entries);
    this.door = door;
    this.waitSeconds = waitSeconds;
  }

  async connect(doors: Doors): Promise<void> {
    this.client = await LineClient.connect(doors[this.door]);
  }

  drop(): void {
    this.client?.socket.drop();
  }

  async step(random: Random): Promise<void> {
    const entry = random.pick(this.entries);
    const { name, key: own, state } = entry;
    const seconds = random.chance(0.5) ? 0 : 1_000 + random.below(100_000);
    const what = state === null ? 0 : random.below(this.door === "unix" ? 5 : 4);
    if (state === null || what === 0) {
      const line = `kg ${own} ${seconds} ${this.waitSeconds} ${name}`;
      await this.say(entry, taking(seconds), line, /^(\d{16}) Lock Get Success: /);
    } else if (what === 1) {
      await this.say(entry, renewing(seconds), `kt ${own} ${seconds} ${name}`, /^1 Lock Renew Suc/);
    } else if (what === 4) await this.say(entry, releasing, `free ${name}`, /^1 Lock Freed: /);
    else await this.say(entry, releasing, `kr ${own} ${name}`, /^1 Lock Release Success: /);
  }

  private say(entry: Entry, effect: Effect, line: string, success: RegExp): Promise<void> {
    return this.operate(
      entry,
      effect,
      () => this.client!.ask(line),
      (answer) => {
        const match = success.exec(answer);
        if (match === null) return undefined;
        return match[1] === undefined ? null : Number(match[1]);
      },
    );
  }
}

/** What a dialect of HTTP says for each operation. */
type Dialect = (
  entry: Entry,
  random: Random,
) => { readonly effect: Effect; readonly request: readonly [string, string, object?] };

class HttpLane extends OneByOne {
  private readonly dialect: Dialect;
  private client: HttpClient | null = null;

  constructor(dialect: Dialect, entries: readonly Entry[]) {
    super(entries);
    this.dialect = dialect;
  }

  async connect(doors: Doors): Promise<void> {
    this.client = await HttpClient.connect(doors.web);
  }

  drop(): void {
    this.client?.socket.drop();
  }

  step(random: Random): Promise<void> {
    const entry = random.pick(this.entries);
    const { effect, request } = this.dialect(entry, random);
    const [method, path, body] = request;
    return this.operate(
      entry,
      effect,
      () => this.client!.ask(method, path, body === undefined ? undefined : JSON.stringify(body)),
      ({ status, body: text }) => {
        if (![200, 201, 204].includes(status)) return undefined;
        return /"fence":/.test(text) ? Number(JSON.parse(text).fence) : null;
      },
    );
  }
}

const v1: Dialect = ({ mode, name, key: own, state }, random) => {
  const path = `/v1/locks/${name}`;
  const ttl = random.chance(0.5) ? 0 : 1_000 + random.below(100_000);
  const what = state === null ? 0 : random.below(4);
  if (what === 0) return { effect: taking(ttl), request: ["POST", path, { mode, key: own, ttl }] };
  if (what === 1) {
    return { effect: renewing(ttl), request: ["PATCH", path, { mode, key: own, ttl }] };
  }
  return { effect: releasing, request: ["DELETE", path, { mode, key: own }] };
};

const keyed: Dialect = ({ name, key: own, state }, random) => {
  const path = `/lock/${name}`;
  const body = { key: own, requestor: own };
  return state === null || random.chance(0.4)
    ? { effect: taking(0), request: ["PUT", path, body] }
    : { effect: releasing, request: ["DELETE", path, body] };
};

const plain: Dialect = ({ name, state }) =>
  state === null
    ? { effect: taking(0), request: ["POST", `/lock/${name}`] }
    : { effect: releasing, request: ["DELETE", `/lock/${name}`] };

/** Clients of every kind; some of them want one lock all the time. */
export function allLanes(): readonly Lane[] {
  let lane = 0;
  const entries = (mode: Entry["mode"] = "exclusive", own = key(++lane)): Entry[] => {
    const numbers = Array.from({ length: namesOfLane }, (_, n) => n);
    return numbers.map((n) => new Entry(mode, `${mode}-${lane}-${own === "-"}-${n}`, own));
  };
  const contended = (): Entry[] => [new Entry("exclusive", "contended", key(++lane))];
  return [
    ...[1, 2, 3].map(() => new LineLane("tcp", entries())),
    ...[1, 2].map(() => new LineLane("unix", entries())),
    ...[1, 2, 3].map(() => new LineLane("tcp", contended(), 3_600)),
    ...[1, 2].map(() => new HttpLane(v1, entries())),
    new HttpLane(v1, entries("shared")),
    new HttpLane(keyed, entries()),
    new HttpLane(plain, entries("exclusive", "-")),
  ];
}
