/** The Debian package, by dpkg itself: in a system that is thrown away afterwards. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hostTarget } from "../../builds/build.ts";
import { contents } from "../../packaging/contents.ts";
import { debianArchitectures, makeDeb } from "../../packaging/debian/deb.ts";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { missing } from "../server-process.ts";
import { inThrowaway, throwawayMilliseconds, withoutThrowaway } from "./throwaway.ts";

setDefaultTimeout(throwawayMilliseconds);

const architecture = debianArchitectures[hostTarget()];
const withoutDpkg =
  missing("dpkg-deb") ??
  (architecture === undefined ? `there is no package for ${hostTarget()}` : undefined);

/** Quickly: how it is compressed is dpkg-deb's matter. */
async function deb(directory: string, packageVersion: string): Promise<string> {
  const binary = await compiledBinary();
  return makeDeb({
    target: hostTarget(),
    binary,
    contents: await contents(binary),
    date: 1_767_225_600,
    directory,
    packageVersion,
    compression: ["-Znone"],
  });
}

function output(...argv: string[]): string {
  const run = Bun.spawnSync(argv);
  expect(run.stderr.toString()).toBe("");
  return run.stdout.toString();
}

describe.skipIf(withoutDpkg !== undefined)("The Debian package", () => {
  test("is the same bytes each time", async () => {
    await using room = scratch();
    const sums: string[] = [];
    for (const umask of [0o077, 0o002]) {
      const before = process.umask(umask);
      try {
        sums.push(String(Bun.hash(readFileSync(await deb(room.path("."), "1.0")))));
      } finally {
        process.umask(before);
      }
    }
    expect(sums[0]).toBe(sums[1]!);
  });

  test("has everything in its place, owned by root", async () => {
    await using room = scratch();
    const file = await deb(room.path("."), "1.0");
    const listed = output("dpkg-deb", "--contents", file).trim().split("\n");
    expect(listed.filter((line) => !line.includes("root/root"))).toEqual([]);
    const modes = new Map(
      listed.map((line) => [line.split(/\s+/)[5]?.slice(1), line.slice(0, 10)] as const),
    );
    for (const [path, mode] of [
      ["/usr/bin/glockd", "-rwxr-xr-x"],
      ["/etc/default/glockd", "-rw-r--r--"],
      ["/etc/logrotate.d/glockd", "-rw-r--r--"],
      ["/usr/lib/systemd/system/glockd.service", "-rw-r--r--"],
      ["/usr/lib/systemd/system/glockd.socket", "-rw-r--r--"],
      ["/usr/lib/sysusers.d/glockd.conf", "-rw-r--r--"],
      ["/usr/share/man/man1/glockd.1.gz", "-rw-r--r--"],
      ["/usr/share/bash-completion/completions/glockd", "-rw-r--r--"],
      ["/usr/share/zsh/vendor-completions/_glockd", "-rw-r--r--"],
      ["/usr/share/fish/vendor_completions.d/glockd.fish", "-rw-r--r--"],
      ["/usr/share/doc/glockd/copyright", "-rw-r--r--"],
      ["/usr/share/doc/glockd/changelog.gz", "-rw-r--r--"],
    ] as const) {
      expect([path, modes.get(path)]).toEqual([path, mode]);
    }
  });
});

/** What a running systemd would be asked; it answers as if all were enabled and ran. */
const recorded = `
mkdir -p /run/systemd/system
rm -f /var/lib/man-db/auto-update
rm -f /usr/sbin/policy-rc.d
[ ! -e /usr/bin/systemctl ] || mv /usr/bin/systemctl /usr/bin/systemctl.real
cat >/usr/bin/systemctl <<'END'
#!/bin/sh
# What is done to files alone needs no running systemd.
case "$*" in --root=*) exec systemctl.real "$@" ;; esac
echo "$*" >>/given/asked
case "$*" in *is-enabled*) echo enabled ;; esac
END
chmod 755 /usr/bin/systemctl
# Flags, and what else is asked, differ between versions of Debian.
asked() { grep -o '[a-z-]*\\(start\\|stop\\) .*' /given/asked; : >/given/asked; }
there() { if [ -e "$1" ] || [ -L "$1" ]; then echo "$1 is there"; else echo "$1 is not there"; fi; }
dpkg() { command dpkg --force-unsafe-io "$@" >/given/said 2>&1 || { cat /given/said; exit 1; }; grep '^glockd: ' /given/said || :; }
`;

const life = `${recorded}
wants=/etc/systemd/system/multi-user.target.wants/glockd.service
echo INSTALL
dpkg -i /given/glockd_1.0_*.deb
asked
there $wants
getent passwd glockd | cut -d: -f6,7
glockd -version | cut -d' ' -f1

echo SERVE
mkdir -p /var/lib/glockd /run/glockd
chown glockd:glockd /var/lib/glockd /run/glockd
setpriv --reuid=glockd --regid=glockd --clear-groups /usr/bin/glockd serve -port=0 -ws=0 -unix=/run/glockd/socket 2>/given/log &
server=$!
until grep -q listening /given/log; do kill -0 $server; sleep 0.05; done
printf 'g foo\\n' | nc -N -U /run/glockd/socket
kill $server
wait $server

echo UPGRADE
echo kept >/var/lib/glockd/store
echo '# mine' >>/etc/default/glockd
dpkg -i /given/glockd_1.1_*.deb
asked
cat /var/lib/glockd/store
tail -n 1 /etc/default/glockd

echo DISABLED
rm $wants
dpkg -i /given/glockd_1.1_*.deb
there $wants
: >/given/asked

echo REMOVE
dpkg -r glockd
asked
there /usr/bin/glockd
there /etc/default/glockd
cat /var/lib/glockd/store

echo AGAIN
dpkg -i /given/glockd_1.1_*.deb
tail -n 1 /etc/default/glockd
cat /var/lib/glockd/store
readlink /etc/systemd/system/glockd.service || echo not masked

echo PURGE
mkdir -p /var/log/glockd
dpkg -P glockd
there /var/lib/glockd
there /var/log/glockd
there /etc/default/glockd
there /etc/systemd/system/glockd.service
there /usr/bin/glockd
`;

const reason = withoutDpkg ?? missing("dpkg") ?? missing("nc") ?? withoutThrowaway;

test.skipIf(reason !== undefined)(
  `dpkg installs, starts, upgrades, removes and purges it${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  async () => {
    await using room = scratch();
    const debs = [await deb(room.path("."), "1.0"), await deb(room.path("."), "1.1")];
    const told = (await inThrowaway(life, debs)).trim().split("\n");
    const wants = "/etc/systemd/system/multi-user.target.wants/glockd.service";
    expect(told).toEqual([
      "INSTALL",
      "start glockd.service",
      `${wants} is there`,
      "/var/lib/glockd:/usr/sbin/nologin",
      "glockd",
      "SERVE",
      "1 Lock Get Success: foo",
      "UPGRADE",
      "restart glockd.service",
      "kept",
      "# mine",
      "DISABLED",
      `${wants} is not there`,
      "REMOVE",
      "stop glockd.socket glockd.service",
      "/usr/bin/glockd is not there",
      "/etc/default/glockd is there",
      "kept",
      "AGAIN",
      "# mine",
      "kept",
      "not masked",
      "PURGE",
      "glockd: removing /var/lib/glockd",
      "glockd: removing /var/log/glockd",
      "/var/lib/glockd is not there",
      "/var/log/glockd is not there",
      "/etc/default/glockd is not there",
      "/etc/systemd/system/glockd.service is not there",
      "/usr/bin/glockd is not there",
    ]);
  },
);
