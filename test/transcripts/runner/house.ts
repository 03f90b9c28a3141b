/**
 * Where scenes are played: the transcript files, and a server for each scene, by
 * default this project's in this process. With TRANSCRIPT_AGAINST=reference it is the
 * naive one, to try the transcripts themselves.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { defaultLimits } from "../../../src/limits.ts";
import type { Place } from "../../peers/byte-socket.ts";
import { FakeClock } from "../../clock.ts";
import { startHere } from "../../server-in-process.ts";
import { listenReference } from "../../sim/reference/doors.ts";
import { type Door, parseTranscript, type Scene, type Settings } from "./script.ts";
import type { Venue } from "./venue.ts";

const folder = join(import.meta.dir, "..");

/** Every transcript file with its scenes; only those of part 2 with TRANSCRIPT_ONLY=2, and so on. */
export function readScenes(
  only = process.env["TRANSCRIPT_ONLY"] ?? "",
): { file: string; scenes: Scene[] }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".txt") && path.startsWith(only))
    .sort()
    .map((path) => ({ file: path, scenes: readTranscript(join(folder, path)) }));
}

/** The scenes of one file, named as seen from the project's folder. */
export function readTranscript(path: string): Scene[] {
  const name = relative(join(folder, "..", ".."), path);
  return parseTranscript(name, readFileSync(path, "latin1"));
}

/** A server that is configured as the scene says. */
export async function openVenue(scene: Scene): Promise<Venue> {
  const directory = mkdtempSync(join(tmpdir(), "glockd-scene-"));
  const unix = join(directory, "socket");
  const open = process.env["TRANSCRIPT_AGAINST"] === "reference" ? openReference : openServer;
  const leave = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    const { places, advance, stop } = await open(scene.settings, unix);
    return {
      place: (door) => places[door],
      advance,
      stop: async () => {
        await stop();
        leave();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}

interface Opened {
  readonly places: Readonly<Record<Door, Place>>;
  advance(milliseconds: number): void;
  stop(): void | PromiseLike<void>;
}

async function openServer(settings: Settings, unix: string): Promise<Opened> {
  const clock = new FakeClock();
  const limits: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    (name in defaultLimits ? limits : others)[name] = value;
  }
  const server = await startHere({ unix, ...others, limits }, { clock });
  return {
    places: server.doors,
    advance: (milliseconds) => clock.advance(milliseconds),
    stop: () => server[Symbol.asyncDispose](),
  };
}

function openReference(settings: Settings, unix: string): Opened {
  const reference = listenReference(settings, unix);
  return {
    places: { tcp: { port: reference.port }, web: { port: reference.web }, unix: { unix } },
    advance: () => {},
    stop: () => reference.stop(),
  };
}
