/**
 * Holds as JSON lines, as `dump` prints and `import` reads them:
 *
 *     {"fence_mark":4711}
 *     {"name":"deploy","mode":"exclusive","key":"k","requestor":"ci","count":1,"fence":42,
 *      "since":"2026-01-02T03:04:05.678Z","expires":null}
 *
 * Names, keys and requestors are bytes. Those that are UTF-8 are told as text; others by
 * `name_base64`, `key_base64` and `requestor_base64` in place of the plain member.
 */
import type { StoredHold } from "../../store/store.ts";

/** The first line of a dump: fences up to this one may have been given. */
export function markLine(fenceMark: number): string {
  return `${JSON.stringify({ fence_mark: fenceMark })}\n`;
}

export function holdLine(hold: StoredHold): string {
  const { mode, count, fence, sinceWallMilliseconds, expiresWallMilliseconds } = hold;
  const members = {
    ...bytesMember("name", Buffer.from(hold.name)),
    mode,
    ...bytesMember("key", Buffer.from(hold.key, "latin1")),
    ...bytesMember("requestor", Buffer.from(hold.requestor, "latin1")),
    count,
    fence,
    since: timeOf(sinceWallMilliseconds),
    expires: expiresWallMilliseconds === null ? null : timeOf(expiresWallMilliseconds),
  };
  return `${JSON.stringify(members)}\n`;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function bytesMember(name: string, bytes: Buffer): Record<string, string> {
  try {
    return { [name]: strict.decode(bytes) };
  } catch {
    return { [`${name}_base64`]: bytes.toString("base64") };
  }
}

function timeOf(wallMilliseconds: number): string {
  return new Date(wallMilliseconds).toISOString();
}
