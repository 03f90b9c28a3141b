/**
 * Reads transcript files: text in, scenes of steps out. Every line is either
 * understood or an error that names the file and line; nothing is passed over.
 * The format is documented in test/transcripts/README.md.
 */
import { statisticsLines } from "./statistics.ts";

/** Where a line came from, for messages and for rewriting. */
export interface Origin {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** One line of an expected reply, as written (escapes and placeholders not yet read). */
export interface ExpectedLine extends Origin {
  readonly text: string;
}

export type Action = "open" | "close" | "half-close" | "reset" | "drop" | "closed";

/** One thing to do or to see. */
export type Step =
  | (Origin & {
      readonly kind: "send";
      readonly client: string;
      readonly text: string;
      readonly ended: boolean;
    })
  | (Origin & { readonly kind: "ask"; readonly client: string; readonly text: string })
  | (Origin & {
      readonly kind: "reply";
      readonly client: string;
      readonly anyOrder: boolean;
      readonly lines: ExpectedLine[];
    })
  | (Origin & { readonly kind: "act"; readonly client: string; readonly action: Action })
  | (Origin & { readonly kind: "advance"; readonly milliseconds: number })
  | (Origin & { readonly kind: "check"; readonly text: string });

export type Door = "tcp" | "unix" | "web";
export const doors: readonly Door[] = ["tcp", "unix", "web"];

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** A conversation with a server of its own. */
export interface Scene extends Origin {
  readonly title: string;
  readonly settings: Settings;
  readonly doors: readonly Door[];
  readonly steps: readonly Step[];
}

/** A line of a transcript that cannot be read. */
export class TranscriptError extends Error {
  constructor(origin: Origin, problem: string) {
    super(`${origin.file}:${origin.line}: ${problem}`);
  }
}

/** The scenes of one file. `text` is latin1: one character is one byte. */
export function parseTranscript(file: string, text: string): Scene[] {
  const reader = new SceneReader();
  text.split("\n").forEach((line, index) => reader.read(line, { file, line: index + 1 }));
  return reader.finish({ file, line: 1 });
}

interface OpenScene extends Origin {
  title: string;
  settings: Record<string, string | number | boolean>;
  doors: readonly Door[];
  steps: Step[];
}

const actions: readonly string[] = ["open", "close", "half-close", "reset", "drop", "closed"];
const lineShape = /^([a-z])(>>|>|\?|<|\||~|:|!)(?: (.*))?$/s;

/** Collects lines into scenes; `config` and `doors` before the first scene hold for all. */
class SceneReader {
  readonly #scenes: OpenScene[] = [];
  readonly #settings: Record<string, string | number | boolean> = {};
  #doors: readonly Door[] = doors;

  read(line: string, origin: Origin): void {
    if (line.trim() === "" || line.startsWith("#")) return;
    if (line.startsWith("== ")) return this.#open(line.slice(3).trim(), origin);
    if (line.startsWith("config ")) return this.#configure(line.slice(7), origin);
    if (line.startsWith("doors ")) return this.#limitDoors(line.slice(6), origin);
    const scene = this.#scenes.at(-1);
    if (scene === undefined)
      throw new TranscriptError(origin, "a scene (`== Title`) has to come first");
    if (line.startsWith("* ")) scene.steps.push(readAdvance(line.slice(2), origin));
    else if (line.startsWith("= "))
      scene.steps.push({ kind: "check", text: line.slice(2), ...origin });
    else readClientLine(scene.steps, line, origin);
  }

  finish(origin: Origin): Scene[] {
    if (this.#scenes.length === 0) throw new TranscriptError(origin, "no scene in this file");
    for (const scene of this.#scenes) {
      if (scene.steps.length === 0) throw new TranscriptError(scene, "a scene without steps");
      if (scene.doors.includes("web")) assertFitsMessages(scene);
    }
    return this.#scenes;
  }

  #open(title: string, origin: Origin): void {
    if (this.#scenes.some((scene) => scene.title === title)) {
      throw new TranscriptError(origin, `a second scene \`${title}\``);
    }
    this.#scenes.push({
      title,
      settings: { ...this.#settings },
      doors: this.#doors,
      steps: [],
      ...origin,
    });
  }

  #configure(text: string, origin: Origin): void {
    const target = this.#scenes.at(-1)?.settings ?? this.#settings;
    for (const pair of text.trim().split(/\s+/)) {
      const [, name, value] = /^([A-Za-z]+)=(\S+)$/.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw new TranscriptError(origin, `\`${pair}\` is not NAME=VALUE`);
      }
      target[name] = readSetting(value);
    }
  }

  #limitDoors(text: string, origin: Origin): void {
    const wanted = text.trim().split(/\s+/);
    const known = doors.filter((door) => wanted.includes(door));
    if (known.length !== wanted.length)
      throw new TranscriptError(origin, `doors are ${doors.join(", ")}`);
    const scene = this.#scenes.at(-1);
    if (scene === undefined) this.#doors = known;
    else scene.doors = known;
  }
}

function readSetting(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  return /^\d+$/.test(value) ? Number(value) : value;
}

function readAdvance(text: string, origin: Origin): Step {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text.trim()) ?? [];
  if (amount === undefined) throw new TranscriptError(origin, "time is written `* 5s` or `* 20ms`");
  return { kind: "advance", milliseconds: Number(amount) * (unit === "s" ? 1000 : 1), ...origin };
}

function readClientLine(steps: Step[], line: string, origin: Origin): void {
  const [, client, sign, text = ""] = lineShape.exec(line) ?? [];
  if (client === undefined || sign === undefined) {
    throw new TranscriptError(origin, `not a line of a transcript: ${line}`);
  }
  if (sign === ">" || sign === ">>") {
    steps.push({ kind: "send", client, text, ended: sign === ">", ...origin });
  } else if (sign === "?") {
    steps.push({ kind: "ask", client, text, ...origin });
  } else if (sign === "!") {
    if (!actions.includes(text))
      throw new TranscriptError(origin, `actions are ${actions.join(", ")}`);
    steps.push({ kind: "act", client, action: text as Action, ...origin });
  } else if (sign === ":") {
    const lines = statisticsLines(text);
    if (lines === undefined)
      throw new TranscriptError(origin, "statistics are KEY=VALUE KEY=VALUE");
    const expected = lines.map((expectedLine) => ({ text: expectedLine, ...origin }));
    steps.push({ kind: "reply", client, anyOrder: false, lines: expected, ...origin });
  } else readReplyLine(steps, client, sign, text, origin);
}

/** `<` starts a reply; `|` continues it; `~` starts or continues one whose lines may come in any order. */
function readReplyLine(
  steps: Step[],
  client: string,
  sign: string,
  text: string,
  origin: Origin,
): void {
  const last = steps.at(-1);
  const anyOrder = sign === "~";
  const open =
    last?.kind === "reply" && last.client === client && last.anyOrder === anyOrder
      ? last
      : undefined;
  if (sign === "|" && open === undefined) {
    throw new TranscriptError(origin, `\`${client}|\` continues a reply, and there is none`);
  }
  if (sign !== "<" && open !== undefined) open.lines.push({ text, ...origin });
  else steps.push({ kind: "reply", client, anyOrder, lines: [{ text, ...origin }], ...origin });
}

/** A message ends a line, so what depends on unfinished lines or on FIN has no meaning there. */
function assertFitsMessages(scene: OpenScene): void {
  const misfit = scene.steps.find(
    (step) =>
      (step.kind === "send" && !step.ended) ||
      (step.kind === "act" && step.action === "half-close"),
  );
  if (misfit !== undefined) {
    throw new TranscriptError(misfit, "not possible over a WebSocket: add `doors tcp unix`");
  }
}
