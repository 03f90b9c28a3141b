/**
 * The unix socket listener. A file that a killed server left behind is taken over; one
 * that somebody listens on is not.
 */
import type { UnixSocketListener } from "bun";
import { fs } from "../late.ts";
import type { Lobby } from "./lobby.ts";
import { type StreamData, streamHandlers } from "./stream.ts";

/** @throws when the path cannot be bound; the message says why and what to do. */
export async function listenUnix(
  lobby: Lobby,
  options: { path: string; mode: number },
): Promise<UnixSocketListener<StreamData>> {
  const { path, mode } = options;
  await removeStale(path);
  // Bound with no access for anybody else, then opened as far as asked: never more.
  const mask = process.umask(0o777 & ~mode);
  try {
    const listener = listenAt(lobby, { unix: path });
    fs().chmodSync(path, mode);
    return listener;
  } finally {
    process.umask(mask);
  }
}

/** Takes over a socket that listens already; its file is somebody else's to make and remove. */
export function adoptUnix(lobby: Lobby, descriptor: number): UnixSocketListener<StreamData> {
  // Bun's types do not know it.
  return listenAt(lobby, { fd: descriptor } as unknown as { unix: string });
}

function listenAt(lobby: Lobby, place: { unix: string }): UnixSocketListener<StreamData> {
  return Bun.listen<StreamData>({
    ...place,
    allowHalfOpen: true,
    socket: streamHandlers(lobby, {
      // Without credentials, whoever may open the file is trusted with everything.
      local: true,
      plain: true,
      addressOf: () => lobby.nextUnixAddress(),
    }),
  });
}

async function removeStale(path: string): Promise<void> {
  const found = fs().lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new Error("it exists and is no socket");
  }
  if (await isListenedOn(path)) {
    throw new Error("another process listens on it");
  }
  fs().unlinkSync(path);
}

async function isListenedOn(path: string): Promise<boolean> {
  try {
    const probe = await Bun.connect({ unix: path, socket: { data() {} } });
    probe.terminate();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ECONNREFUSED") return false;
    throw error;
  }
}
