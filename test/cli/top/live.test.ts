/** `glockd top` in a pseudo-terminal, as somebody in front of it uses it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { LineClient } from "../../peers/line-client.ts";
import { missing, startProcess } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { Glockd } from "../glockd.ts";
import { reach, scene, webOf } from "./scene.ts";
import { Terminal } from "./terminal.ts";

setDefaultTimeout(testMilliseconds);

const noPython = missing("python3");
describe.skipIf(noPython !== undefined)(
  `glockd top in a terminal${noPython === undefined ? "" : ` (skipped: ${noPython})`}`,
  () => {
    test("lives: locks come, are sorted, filtered, and q gives the terminal back", async () => {
      await using server = await startProcess();
      const [busy, other] = await scene(server);
      await using terminal = await Terminal.start(["top", ...reach(server), "-interval=0.1"]);
      await terminal.line("wanted");
      const lines = await terminal.screen("the table", (all) => all.length === 24);
      expect(lines.map((line) => line.trim().split(/ +/)[0]).slice(2, 7)).toEqual([
        "LOCK",
        "wanted",
        "alone",
        "pool",
        "",
      ]);
      for (const line of lines) expect(Bun.stringWidth(line)).toBe(100);
      await busy.ask("g newcomer");
      await terminal.line("newcomer");
      terminal.type("n");
      await terminal.screen("by name", ([, , , first = ""]) => first.startsWith("alone"));
      terminal.type("r");
      await terminal.screen("reversed", ([, , , first = ""]) => first.startsWith("wanted"));
      terminal.type("/new");
      await terminal.line("show names that contain: new_");
      terminal.type("\r");
      const filtered = await terminal.screen(
        "one name",
        (all) => !all.some((line) => line.startsWith("pool")),
      );
      expect(filtered[3]).toStartWith("newcomer");
      terminal.type("\u001B");
      await terminal.line("pool");
      terminal.type("q");
      expect(await terminal.ended()).toEqual({ status: 0, restored: true });
      expect(terminal.written).toEndWith("\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l");
      busy.socket.drop();
      other.socket.drop();
    });

    test("fits a terminal of any size, also one that changes", async () => {
      await using server = await startProcess();
      const [busy, other] = await scene(server);
      const size = { rows: 24, columns: 80 };
      await using terminal = await Terminal.start(["top", ...reach(server), "-interval=60"], size);
      await terminal.line("wanted");
      for (const [rows, columns] of [
        [10, 40],
        [5, 20],
        [2, 3],
        [40, 200],
      ] as const) {
        terminal.resize(rows, columns);
        const lines = await terminal.screen(
          `${rows} lines of ${columns}`,
          (all) => all.length === rows && all.every((line) => Bun.stringWidth(line) === columns),
        );
        if (rows > 3) expect(lines[3]).toStartWith("wanted");
      }
      terminal.type("\u0003");
      expect(await terminal.ended()).toEqual({ status: 0, restored: true });
      busy.socket.drop();
      other.socket.drop();
    });

    test("frees a lock for administrators, after it has asked", async () => {
      await using server = await startProcess();
      const [busy, other] = await scene(server);
      await using terminal = await Terminal.start(["top", ...reach(server), "-interval=0.1"]);
      await terminal.line("wanted");
      terminal.type("f");
      await terminal.line("y/N: free the lock wanted, held by busy?");
      terminal.type("n");
      await terminal.line("not freed");
      expect(await busy.ask("f wanted")).not.toStartWith("0");
      terminal.type("fy");
      await terminal.line("freed wanted");
      expect(await busy.ask("f wanted")).toStartWith("0");
      // It went to the first who waited.
      const line = await terminal.screen("one waiter", ([, , , first = ""]) => / 1 /.test(first));
      expect(line[3]).toMatch(/^wanted +127\.0\.0\.1:\d+ /);
      terminal.type("q");
      expect((await terminal.ended()).status).toBe(0);
      busy.socket.drop();
      other.socket.drop();
    });

    test("is told no when it frees as somebody else", async () => {
      await using server = await startProcess();
      const [busy, other] = await scene(server);
      const host = `-host=127.0.0.1:${server.doors.tcp.port}`;
      await using terminal = await Terminal.start(["top", host, `-web=${webOf(server)}`]);
      await terminal.line("wanted");
      terminal.type("fy");
      await terminal.line("does not let this client do that");
      expect(await busy.ask("f wanted")).not.toStartWith("0");
      busy.socket.drop();
      other.socket.drop();
    });

    test.each([
      ["TERM", 143],
      ["HUP", 129],
      ["INT", 130],
    ])("gives the terminal back when SIG%s ends it", async (signal, status) => {
      await using server = await startProcess();
      await using terminal = await Terminal.start(["top", ...reach(server)]);
      await terminal.line("0 locks");
      terminal.signal(signal);
      expect(await terminal.ended()).toEqual({ status, restored: true });
      expect(terminal.written).toContain("\u001B[?1049l");
    });

    test("says when the server is gone, and goes on when it is back", async () => {
      const server = await startProcess();
      const { port } = server.doors.tcp;
      await using terminal = await Terminal.start([
        "top",
        `-host=127.0.0.1:${port}`,
        `-web=${webOf(server)}`,
        "-interval=0.1",
      ]);
      await terminal.line("0 locks");
      await server[Symbol.asyncDispose]();
      await terminal.line(`127.0.0.1:${port}`);
      await terminal.line("cannot reach 127.0.0.1");
      const again = [`-port=${port}`, `-ws=${server.doors.web.port}`, "-host=127.0.0.1"];
      await using successor = await Glockd.start(again);
      await successor.logged("listening");
      await terminal.screen("no complaint", ([, note = "x"]) => note.trim() === "");
      terminal.type("?");
      await terminal.line("turn the order round");
      terminal.type("q");
      await terminal.line("q quit");
      terminal.type("q");
      expect(await terminal.ended()).toEqual({ status: 0, restored: true });
    });

    test("is suspended and goes on", async () => {
      await using server = await startProcess();
      await using terminal = await Terminal.start(["top", ...reach(server)]);
      await terminal.line("0 locks");
      // Nobody could resume it here, so the system does not stop it.
      terminal.type("\u001A");
      await terminal.screen("its screen again", () => terminal.written.split("[?1049h").length > 2);
      await terminal.line("0 locks");
      terminal.type("q");
      expect(await terminal.ended()).toEqual({ status: 0, restored: true });
    });

    test("ends well in the middle of a listing", async () => {
      await using server = await startProcess();
      const client = await LineClient.connect(server.doors.tcp);
      client.command(...Array.from({ length: 20_000 }, (_, n) => `g lock ${n}`));
      await client.take(20_000);
      await using terminal = await Terminal.start(["top", ...reach(server), "-interval=0.1"]);
      await terminal.line("20.0k locks");
      terminal.type(" q");
      expect(await terminal.ended()).toEqual({ status: 0, restored: true });
      client.socket.drop();
    });

    test("uses no colours under NO_COLOR", async () => {
      await using server = await startProcess();
      const [busy, other] = await scene(server);
      const env = { NO_COLOR: "1" };
      await using plain = await Terminal.start(["top", ...reach(server)], { env });
      await using coloured = await Terminal.start(["top", ...reach(server)]);
      for (const terminal of [plain, coloured]) {
        await terminal.line("wanted");
        terminal.type("j");
        await terminal.screen("the cursor moves", () =>
          terminal.written.includes("\u001B[7malone"),
        );
        terminal.type("q");
        await terminal.ended();
      }
      const colours = /\u001B\[(3\d|9\d)m/;
      expect([colours.test(plain.written), colours.test(coloured.written)]).toEqual([false, true]);
      busy.socket.drop();
      other.socket.drop();
    });
  },
);
