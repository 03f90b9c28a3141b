/**
 * The server's log: one event is one line on standard error, whatever names are in it,
 * and it is written when the call returns, so that nothing is lost on exit.
 * The only importer of consola, which is loaded with the first line: listening comes first.
 */
import { fs } from "./late.ts";
import { isTerminal } from "./system/terminal.ts";

/** What is told of an event. Names are given as they are, bytes that are not UTF-8 as latin1. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  /** Whether `trace` writes anything; hot paths ask before they build fields. */
  readonly verbose: boolean;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
  /** What the level `verbose` adds: connections, grants, releases, orphans, invalid commands. */
  trace(event: string, fields?: Fields): void;
}

/** Says nothing. */
export const silent: Logger = Object.freeze({
  verbose: false,
  info: () => {},
  warn: () => {},
  error: () => {},
  trace: () => {},
});

export type LogFormat = "plain" | "journal" | "pretty" | "json";

/** How much is logged: each level adds to the one before. */
export const logLevels = ["error", "warn", "info", "verbose"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A logger whose level can be changed while it is in use. */
export interface AdjustableLogger extends Logger {
  setLevel(level: LogLevel): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `"auto"` looks at what standard error is. */
  readonly format: "auto" | Exclude<LogFormat, "journal">;
  /** Where lines go; standard error unless given. A line ends with LF. */
  readonly write?: (line: string) => void;
  /** For pretty and json; the clock on the wall unless given. */
  readonly now?: () => Date;
}

/** A logger that writes as it is called. It never throws: a log that cannot be written is lost. */
export function createLogger(options: LoggerOptions): AdjustableLogger {
  const write = options.write ?? writeStandardError;
  const now = options.now ?? (() => new Date());
  let { level: until } = options;
  let consola: Consola | undefined;
  const log = (level: Level, event: string, fields: Fields = {}): void => {
    if (consola === undefined) {
      const format = chooseFormat(options.format);
      const colored =
        format === "pretty" && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
      consola = loadConsola(until, (type, [what, which]) => {
        const entry = { level: type, event: what, fields: which, time: now() };
        write(renderLine(format, entry, colored));
      });
    }
    consola[level](event, fields);
  };
  return Object.freeze({
    get verbose() {
      return until === "verbose";
    },
    info: (event: string, fields?: Fields) => log("info", event, fields),
    warn: (event: string, fields?: Fields) => log("warn", event, fields),
    error: (event: string, fields?: Fields) => log("error", event, fields),
    trace: (event: string, fields?: Fields) => {
      if (until === "verbose") log("trace", event, fields);
    },
    setLevel(level: LogLevel) {
      until = level;
      // Made anew with the next line.
      consola = undefined;
    },
  });
}

type Level = "info" | "warn" | "error" | "trace";
type Consola = Record<Level, (event: string, fields: Fields) => void>;

/** Loaded here and not at the top: it costs a millisecond that listening should not wait for. */
function loadConsola(
  level: LogLevel,
  report: (level: Level, args: [event: string, fields: Fields]) => void,
): Consola {
  const { createConsola, LogLevels } = require("consola/core") as typeof import("consola/core");
  return createConsola({
    level: LogLevels[level === "verbose" ? "trace" : level],
    // By default equal lines are swallowed; ten equal grants are ten events.
    throttle: 0,
    reporters: [
      { log: ({ type, args }) => report(type as Level, args as [event: string, fields: Fields]) },
    ],
  });
}

/** One event, as it is rendered. */
export interface Entry {
  readonly level: Level;
  readonly event: string;
  readonly fields: Fields;
  readonly time: Date;
}

/** One event as one line, LF included. Fields that are undefined are left out. */
export function renderLine(format: LogFormat, entry: Entry, colored = false): string {
  switch (format) {
    case "json": {
      const { time, level, event, fields } = entry;
      return jsonLine({ time, level, event, ...fields });
    }
    case "journal":
      return `<${priorities[entry.level]}>${words(entry)}\n`;
    case "plain":
      return `${entry.level === "warn" || entry.level === "error" ? `${entry.level}: ` : ""}${words(entry)}\n`;
    case "pretty":
      return pretty(entry, colored);
  }
}

/** As one line of JSON that is ASCII where it could mislead, LF included. */
export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  return `${escapeControls(JSON.stringify(value))}\n`;
}

/** sd-daemon(3): how a line tells the journal its priority. */
const priorities: Readonly<Record<Level, number>> = { error: 3, warn: 4, info: 6, trace: 7 };

const colors: Readonly<Record<Level, number>> = { error: 31, warn: 33, info: 36, trace: 90 };

function pretty(entry: Entry, colored: boolean): string {
  const paint = (code: number, text: string): string =>
    colored && text !== "" ? `\u001B[${code}m${text}\u001B[0m` : text;
  const clock = entry.time.toTimeString().slice(0, 8);
  const level = paint(colors[entry.level], entry.level.padEnd(5));
  const [event = "", ...fields] = parts(entry);
  return `${[paint(90, clock), level, event, ...fields.map((field) => paint(90, field))].join(" ")}\n`;
}

function words(entry: Entry): string {
  return parts(entry).join(" ");
}

/** The event, then `name=value` for each field, quoted where a reader could be misled. */
function parts({ event, fields }: Entry): string[] {
  const texts = [escapeControls(event)];
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) texts.push(`${name}=${quote(String(value))}`);
  return texts;
}

function quote(text: string): string {
  if (/^[^\s"\\=]+$/.test(text) && escapeControls(text) === text) return text;
  return `"${escapeControls(text.replace(/["\\]/g, "\\$&"))}"`;
}

/**
 * No line may end early, move the cursor, or read otherwise than it is: control bytes,
 * line separators, marks that turn text around, and halves of surrogate pairs.
 */
function escapeControls(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu,
    (control) =>
      shortEscapes[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function chooseFormat(format: LoggerOptions["format"]): LogFormat {
  if (format === "json" || format === "pretty") return format;
  if (format === "auto" && isTerminal(2)) return "pretty";
  return isJournal() ? "journal" : "plain";
}

/** systemd names the stream that it connected; a child whose error output goes elsewhere inherits the variable. */
function isJournal(): boolean {
  const stream = process.env["JOURNAL_STREAM"];
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fs().fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Whole lines. Where the reader is slow and the pipe does not block, up to 20 ms are waited for it. */
function writeStandardError(line: string): void {
  let bytes = Buffer.from(line);
  for (let tries = 0; tries < 20 && bytes.length > 0; tries++) {
    try {
      bytes = bytes.subarray(fs().writeSync(2, bytes));
    } catch (error) {
      // Anything but a full pipe (nobody reads any more, the disk is full) is no reason to stop.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Bun.sleepSync(1);
    }
  }
}
