/**
 * The units under a real systemd that is the first process of namespaces of its own: the
 * sandbox is on, and systemd acts on what the server tells it.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const namespaces = ["--mount", "--pid", "--net", "--cgroup", "--uts", "--ipc", "--fork"];
const bootMilliseconds = 90_000;

/** Why there is no machine of one's own; `undefined` when there is. */
const reason = missing("systemd-analyze") ?? missing("unshare") ?? missing("nc") ?? withoutMounts();

function withoutMounts(): string | undefined {
  if (process.getuid?.() !== 0) return "only root may have a machine of its own";
  if (!existsSync("/lib/systemd/systemd")) return "there is no /lib/systemd/systemd";
  const tried = Bun.spawnSync([
    ...["unshare", ...namespaces, "sh", "-ec"],
    'd=$(mktemp -d); mount -t tmpfs t "$d"; mkdir "$d/u" "$d/w" "$d/m"; mount -t overlay o -o "lowerdir=/,upperdir=$d/u,workdir=$d/w" "$d/m"; mount -t cgroup2 c "$d/u"; umount "$d/u" "$d/m" "$d"; rmdir "$d"',
  ]);
  return tried.success ? undefined : "this system lets nobody mount an overlay and control groups";
}

/** Boots, runs `script` of sh as root, and returns what it printed. */
async function booted(script: string): Promise<string> {
  await using room = scratch();
  const out = room.path(".");
  writeFileSync(room.path("wanted"), script);
  const packaging = join(import.meta.dir, "../../packaging");
  const boot = join(import.meta.dir, "boot.sh");
  const argv = [out, await compiledBinary(), packaging, room.path("wanted")];
  const machine = Bun.spawn(["unshare", ...namespaces, "--kill-child", "sh", boot, ...argv], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await within("the end of the machine", machine.exited, bootMilliseconds);
    if (existsSync(room.path("printed"))) return readFileSync(room.path("printed"), "utf8");
    throw new Error(await new Response(machine.stderr).text());
  } finally {
    // Its first process goes with it, and with that all others.
    machine.kill("SIGKILL");
    await machine.exited;
  }
}

const ask = `
ask() { printf '%s\\n' "$1" | nc -N -U /run/glockd/socket; }
shows() { systemctl show --property="$1" --value glockd; }
drop_in() { mkdir -p /run/systemd/system/glockd.service.d; printf "[Service]\\n$1\\n" >/run/systemd/system/glockd.service.d/test.conf; systemctl daemon-reload; }
until_so() { for n in $(seq 300); do ! eval "$1" || return 0; sleep 0.1; done; echo "not so: $1"; }
ip link set lo up
`;

test.skipIf(reason !== undefined)(
  `systemd starts, reloads, stops and revives the server in its sandbox${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  async () => {
    const told = await booted(`${ask}
systemctl start glockd && echo started
shows StatusText
ask 'g foo'
grep -E '^(NoNewPrivs|Seccomp|CapBnd):' "/proc/$(shows MainPID)/status" | tr -d '\\t'
glockd health -ready
stat --format='%U %G %a' /run/glockd/socket /var/lib/glockd
printf 'GLOCKD_LOG_LEVEL=verbose\\nGLOCKD_DRAIN=5\\n' >>/etc/default/glockd
systemctl reload glockd && echo reloaded
until_so 'journalctl -u glockd | grep -q "settings reloaded"'
drop_in 'TimeoutStopSec=1'
mkfifo /run/held
nc -U /run/glockd/socket </run/held >/run/replies &
exec 3>/run/held
echo 'g held' >&3
until_so 'grep -q Success /run/replies'
systemctl stop glockd && echo stopped
shows Result
journalctl -u glockd --output=cat | grep 'time to drain'
drop_in 'WatchdogSec=1'
systemctl start glockd
before=$(shows MainPID)
kill -STOP "$before"
until_so '[ "$(shows NRestarts)" = 1 ] && [ "$(shows ActiveState)" = active ]'
[ "$(shows MainPID)" != "$before" ] && echo revived
ask 'g foo'
systemctl stop glockd
`);
    expect(told.replace("Powering off.", "").trim().split("\n")).toEqual([
      "started",
      "Serving: 0 connections, 0 locks",
      "1 Lock Get Success: foo",
      "CapBnd:0000000000000000",
      "NoNewPrivs:1",
      "Seccomp:2",
      "ready",
      "glockd glockd 660",
      "glockd glockd 700",
      "reloaded",
      "stopped",
      "success",
      "the time to drain is over: who still holds is cut off holders=1",
      "revived",
      "1 Lock Get Success: foo",
    ]);
  },
);

test.skipIf(reason !== undefined)(
  `systemd listens for the server, and a restart loses nothing of that${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  async () => {
    const told = await booted(`${ask}
systemctl start glockd.socket && echo listening
shows ActiveState
ask 'g foo'
printf 'g foo\\n' | nc -N 127.0.0.1 9999
systemctl restart glockd && echo restarted
ask 'g foo'
systemctl stop glockd 2>/run/said
ask 'g foo'
shows ActiveState
journalctl -u glockd --output=cat | grep -c 'activated=true'
`);
    expect(told.replace("Powering off.", "").trim().split("\n")).toEqual([
      "listening",
      "inactive",
      "1 Lock Get Success: foo",
      "1 Lock Get Success: foo",
      "restarted",
      "1 Lock Get Success: foo",
      "1 Lock Get Success: foo",
      "active",
      "6",
    ]);
  },
);
