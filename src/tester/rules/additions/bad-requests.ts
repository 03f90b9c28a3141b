/** Arguments that are none: refused with the reason, and nothing happens. */
import type { Feature } from "../../features.ts";
import type { Rule } from "../../rule.ts";

const tooLong = 2_592_001;

/** Without the name at its end. */
const malformed: readonly { readonly needs: Feature; readonly commands: readonly string[] }[] = [
  {
    needs: "waits",
    commands: ["gw", "gw x", "gw -1", "gw 1e3", "gw 0x1", "gw --", `gw ${tooLong}`, "gw Infinity"],
  },
  {
    needs: "limits",
    commands: ["sgw", "sgw x 0", "sgw -1 0", "sgw 1.5 0", "sgw - 0", "sgw 1 x", `sgw 1 ${tooLong}`],
  },
  {
    needs: "keys",
    commands: ["kg", "kg k x 0", "kg k -1 0", "kg k 0 x", `kg k ${tooLong} 0`, "kt k x", "kt k -1"],
  },
];

export const badRequestRules: readonly Rule[] = [
  ...malformed.map(({ needs, commands }): Rule => ({
    name: `bad requests: malformed arguments of ${needs} are refused and change nothing`,
    needs: [needs],
    async run({ connect, name }) {
      const a = await connect("a");
      const [kept, lock] = [name("kept"), name("unchanged")];
      await a.expect(`g ${kept}`, `1 Lock Get Success: ${kept}`);
      for (const command of commands)
        await a.expect(command.includes(" ") ? `${command} ${lock}` : command, /^0 Bad Request: ./);
      await a.expect(`i ${lock}`, `0 Lock Not Locked: ${lock}`);
      await a.expect(`si ${lock}`, `0 Shared Lock Not Locked: ${lock}`);
      await a.expect(`i ${kept}`, `1 Lock Is Locked: ${kept}`);
    },
  })),
  {
    name: "bad requests: malformed arguments of x, beat and notify are refused",
    needs: ["waits", "tags", "beat", "notify"],
    async run({ connect }) {
      const a = await connect("a");
      const commands = ["x", "x a!", "beat", "beat x", "beat -1", "notify", "notify maybe"];
      for (const command of commands) await a.expect(command, /^0 Bad Request: ./);
      await a.expect("@t beat x", /^@t 0 Bad Request: ./);
      await a.expect("ping", "1 pong");
    },
  },
];
