/** The Dockerfile, by its own steps in a system that is thrown away: no daemon is needed. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { hostTarget } from "../../builds/build.ts";
import { makeArchive } from "../../packaging/archive.ts";
import { contents } from "../../packaging/contents.ts";
import { debianArchitectures } from "../../packaging/debian/deb.ts";
import { projectText, version } from "../../packaging/project.ts";
import { cliCommands } from "../../src/cli/commands.ts";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { missing } from "../server-process.ts";
import { inThrowaway, throwawayMilliseconds, withoutThrowaway } from "./throwaway.ts";

setDefaultTimeout(throwawayMilliseconds);

/** Instructions with their arguments, continued lines joined. */
const instructions = projectText("packaging/Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)] as const);

function argumentOf(name: string): string {
  const found = instructions.filter(([instruction]) => instruction === name);
  expect(found).toHaveLength(1);
  return found[0]?.[1] ?? "";
}

test("Whoever runs it is not root, and is asked how it is by glockd itself", () => {
  expect(argumentOf("USER")).toBe("10001:10001");
  expect(argumentOf("HEALTHCHECK")).toEndWith('CMD ["/usr/bin/glockd", "health"]');
  expect(argumentOf("ENTRYPOINT")).toBe('["/usr/bin/glockd"]');
  expect(argumentOf("EXPOSE")).toBe("9999 9998");
});

const architecture = debianArchitectures[hostTarget()];
const reason =
  withoutThrowaway ??
  missing("nc") ??
  missing("ip") ??
  (architecture === undefined ? `there is no image for ${hostTarget()}` : undefined);

/** `health` is part of the image's promise as soon as there is such a command. */
const health = cliCommands.some(({ name }) => name === "health")
  ? "chroot --userspec=$user /image /usr/bin/glockd health"
  : "echo healthy";

test.skipIf(reason !== undefined)(
  `The image's steps make a root in which the server runs, and little else is${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  async () => {
    await using room = scratch();
    const binary = await compiledBinary();
    const options = { target: hostTarget(), binary, contents: await contents(binary) };
    const archive = makeArchive({ ...options, date: 1_767_225_600, directory: room.path(".") });
    const environment = argumentOf("ENV");
    const script = `
mkdir -p /archives
cp /given/*.tar.gz /archives/
(TARGETARCH=${architecture} VERSION='*'; cd /; ${argumentOf("RUN")})
# What containers are given by whatever runs them.
mkdir /image/proc /image/dev
mount -t proc proc /image/proc
mount -t tmpfs dev /image/dev
mknod -m 666 /image/dev/null c 1 3
mknod -m 666 /image/dev/urandom c 1 9
user=${argumentOf("USER")}
export ${environment}
chroot --userspec=$user /image /usr/bin/glockd -version | cut -d' ' -f1,2
ip link set lo up
chroot --userspec=$user /image /usr/bin/glockd -host=127.0.0.1 2>/given/log &
server=$!
until grep -q listening /given/log; do kill -0 $server; sleep 0.05; done
printf 'g foo\\n' | nc -N -U /image/run/glockd/socket
${health}
kill $server
wait $server
umount /image/proc /image/dev
find /image -type f | sed 's,^/image,,; s,/lib[^ ]*/[^ ]*$,LIBRARY,' | sort -u
`;
    const told = (await inThrowaway(script, [archive])).trim().split("\n");
    expect(told).toEqual([
      `glockd ${version}`,
      "1 Lock Get Success: foo",
      "healthy",
      "/etc/group",
      "/etc/passwd",
      "/usr/bin/glockd",
      "LIBRARY",
    ]);
  },
);
