/** `glockd run` on a terminal, through a pseudo-terminal: keys, and who may read. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { compiledBinary } from "../../binary.ts";
import { exists, missing } from "../../server-process.ts";
import { eventually, testMilliseconds, within } from "../../wait-for.ts";
import { House } from "../house.ts";

setDefaultTimeout(testMilliseconds);

const reason = missing("python3");
const onTerminal = test.skipIf(reason !== undefined);
const skipped = reason === undefined ? "" : ` (skipped: ${reason})`;

/** What a terminal shows of a command to which `steps` are typed: `WAIT-FOR<TAB>KEYS` a line. */
async function typed(house: House, steps: readonly string[], ...argv: readonly string[]) {
  const typist = join(import.meta.dir, "terminal.py");
  const child = Bun.spawn(["python3", typist, steps.join("\n"), ...argv], {
    env: { PATH: process.env["PATH"], GLOCKD_UNIX: house.unix },
    stdin: "ignore",
    stdout: "pipe",
  });
  return await within("the end of the terminal", new Response(child.stdout).text());
}

onTerminal(`CMD reads what is typed${skipped}`, async () => {
  await using house = await House.open();
  const script = 'echo ready; read -r line; echo "<$line>"';
  const glockd = await compiledBinary();
  const shown = await typed(
    house,
    ["ready\thello\\n"],
    ...[glockd, "run", "lock", "--", "sh", "-c", script],
  );
  expect(shown).toBe("ready\nhello\n<hello>\nstatus 0\n");
});

onTerminal(`CMD gets a Ctrl-C once, and decides what becomes of it${skipped}`, async () => {
  await using house = await House.open();
  const script = `n=0; trap 'n=$((n + 1)); echo "interrupt $n"' INT; echo ready
    while [ $n = 0 ]; do sleep 0.05; done; sleep 0.3; exit 9`;
  const glockd = await compiledBinary();
  const shown = await typed(
    house,
    ["ready\t\\x03"],
    ...[glockd, "run", "lock", "--", "sh", "-c", script],
  );
  expect(shown).toBe("ready\n^Cinterrupt 1\nstatus 9\n");
});

onTerminal(`A Ctrl-C ends a wait in line${skipped}`, async () => {
  await using house = await House.open();
  await house.guest.acquire("lock");
  const script = `trap "exit 130" INT
    (until "$0" status --json lock | grep -q '"waiters": 1'; do :; done; echo ready) &
    "$0" run lock -- true`;
  const waiting = typed(house, ["ready\t\\x03"], "bash", "-c", script, await compiledBinary());
  expect(await waiting).toEndWith("status 130\n");
  await house.waiters(0);
});

onTerminal(`A pipe into something that reads the keyboard works${skipped}`, async () => {
  await using house = await House.open();
  const script =
    '"$0" run lock -- echo from run | { cat; read -r line </dev/tty; echo "<$line>"; }';
  const shown = await typed(
    house,
    ["from run\thello\\n"],
    ...["bash", "-ic", script, await compiledBinary()],
  );
  expect(shown).toEndWith("from run\nhello\n<hello>\nstatus 0\n");
});

onTerminal(`A lost lock ends CMD and its descendants, not the shell${skipped}`, async () => {
  await using house = await House.open();
  const file = house.path("pid");
  const script = `"$0" run lock -- sh -c 'sh -c "echo \\$\\$ >$1; sleep 60; true"; true' x "$1"; echo "lost $?"`;
  const shown = typed(house, ["never\t"], "bash", "-c", script, await compiledBinary(), file);
  const child = await eventually(
    "the child's number",
    async () => (exists(file) ? Number(await Bun.file(file).text()) : 0),
    (id) => id > 0,
  );
  await house.guest.free("lock");
  expect(await shown).toMatch(/taken away by an administrator.*\nlost 113\nstatus 0\n$/);
  await eventually(
    "the end of the child",
    () => exists(`/proc/${child}`),
    (is) => !is,
  );
});
