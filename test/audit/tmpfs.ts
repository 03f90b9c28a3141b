/** A small disk of a test's own, which can be full. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there is none; `undefined` when there can be one. */
export const withoutTmpfs: string | undefined = reasonAgainst();

interface Disk extends AsyncDisposable {
  path(name: string): string;
  grow(size: string): Promise<void>;
}

/** Mounts one of that size: `256k`. */
export async function tmpfs(size: string): Promise<Disk> {
  const directory = mkdtempSync(join(tmpdir(), "glockd-test-"));
  await Bun.$`mount -t tmpfs -o size=${size} tmpfs ${directory}`.quiet();
  return {
    path: (name) => join(directory, name),
    async grow(larger) {
      await Bun.$`mount -o remount,size=${larger} ${directory}`.quiet();
    },
    async [Symbol.asyncDispose]() {
      await Bun.$`umount ${directory}`.quiet();
      rmSync(directory, { recursive: true });
    },
  };
}

function reasonAgainst(): string | undefined {
  if (process.platform !== "linux") return "only Linux has it";
  const directory = mkdtempSync(join(tmpdir(), "glockd-test-"));
  try {
    const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]);
    if (!mounted.success) return "this user may not mount";
    Bun.spawnSync(["umount", directory]);
    return undefined;
  } catch {
    return "mount is not installed";
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
