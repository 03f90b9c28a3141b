/**
 * This machine's system to do anything to: a root of its own, in which what is written is
 * gone when the script ends, with its own processes and no network.
 */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "../wait-for.ts";

/** Packages of a hundred megabytes are unpacked several times, on machines that are busy. */
const scriptMilliseconds = 240_000;
/** For whoever runs a script. */
export const throwawayMilliseconds = scriptMilliseconds + 60_000;

/** Why there is none; `undefined` when there is. */
export const withoutThrowaway: string | undefined = reasonAgainst();

const enter = `
set -eu
top=$1; shift
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
mount -t proc proc "$top/root/proc"
mount -t tmpfs dev "$top/root/dev"
for device in null:3 zero:5 random:8 urandom:9; do
  mknod -m 666 "$top/root/dev/\${device%:*}" c 1 "\${device#*:}"
done
mkdir "$top/root/given"
cp "$@" "$top/root/given"
chroot "$top/root" /bin/sh -eu /given/script
`;

/** Runs a script of sh there, with copies of `files` in /given; returns what it printed. */
export async function inThrowaway(script: string, files: readonly string[]): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "glockd-test-"));
  try {
    const scriptFile = join(directory, "script");
    await Bun.write(scriptFile, script);
    const mountPoint = join(directory, "mounts");
    await Bun.$`mkdir ${mountPoint}`.quiet();
    const given = [...files, scriptFile];
    const child = Bun.spawn(
      [
        ...["unshare", "--mount", "--pid", "--net", "--fork"],
        ...["sh", "-c", enter, "sh", mountPoint, ...given],
      ],
      {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
        env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
      },
    );
    const [stdout, stderr] = await within(
      "the end of the script",
      Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]),
      scriptMilliseconds,
    );
    if ((await child.exited) !== 0) throw new Error(`the script failed: ${stdout}${stderr}`);
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function reasonAgainst(): string | undefined {
  if (process.getuid?.() !== 0) return "only root may have a root of its own";
  if (Bun.which("unshare") === null) return "unshare is not installed";
  const tried = Bun.spawnSync([
    ...["unshare", "--mount", "--pid", "--net", "--fork", "sh", "-ec"],
    'd=$(mktemp -d); mount -t tmpfs tmpfs "$d"; mkdir "$d/u" "$d/w" "$d/m"; mount -t overlay overlay -o "lowerdir=/,upperdir=$d/u,workdir=$d/w" "$d/m"; umount "$d/m" "$d"; rmdir "$d"',
  ]);
  return tried.success ? undefined : "this system lets nobody mount an overlay";
}
