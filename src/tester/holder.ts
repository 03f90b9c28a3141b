/**
 * A second process that holds a lock or waits for one, to be killed. It is this program
 * again, so that it works from a compiled binary as from source.
 * Invariant: the child outlives neither its kill nor its parent: it ends when its
 * standard input does.
 */
import { addressFlags, type Address } from "./connection/address.ts";
import { connect } from "./connection/connect.ts";
import { RuleFailure } from "./failure.ts";

/** A running child that holds a lock, or waits for it. */
export interface Holder {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** What a child does with a name; it says so in the same word. */
export type Doing = "holds" | "waits";

interface Step {
  readonly command: string;
  /** How the reply begins, or the whole of it. */
  readonly due: string;
}

/** `holds`: exclusively and shared. `waits`: exclusively; what stands behind it is answered. */
const steps: Readonly<Record<Doing, (name: string) => readonly Step[]>> = {
  holds: (name) => [
    { command: `g ${name}`, due: "1 " },
    { command: `sg ${name}`, due: "1 " },
  ],
  waits: (name) => [{ command: `@wait gw - ${name}\ni ${name}`, due: `1 Lock Is Locked: ${name}` }],
};

/** How this program is started again: the compiled binary alone, or bun with the entry file. */
export function ownCommand(): readonly string[] {
  const compiled = /^(\/\$bunfs\/|[a-z]:[\\/]~BUN[\\/])/i.test(Bun.main);
  return compiled ? [process.execPath, "test"] : [process.execPath, Bun.main, "test"];
}

/** What a child is to do, and how this program is started again. */
export interface HolderOptions {
  readonly address: Address;
  readonly doing: Doing;
  readonly name: string;
  readonly command: readonly string[];
}

/**
 * Starts a child and waits until it holds the lock, or waits for it.
 * @throws RuleFailure when the server does not let it.
 */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const { address, doing, name, command } = options;
  const child = Bun.spawn({
    cmd: [...command, "hold", ...addressFlags(address), `--name=${name}`, `--doing=${doing}`],
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  const said = await firstLine(child.stdout);
  if (said === doing) return { kill };
  const complaint = said || (await new Response(child.stderr).text()).trim();
  await kill();
  const due = steps[doing](name);
  throw new RuleFailure({
    sent: `${due.map((step) => step.command.replace("\n", ", ")).join(", ")} (from a child process)`,
    came: complaint,
    due: due.map((step) => step.due).join(", "),
  });
}

/** The child's side: does it, says so, and goes on until standard input ends. */
export async function hold(
  address: Address,
  { doing, name }: { readonly doing: Doing; readonly name: string },
  limitMilliseconds: number,
): Promise<void> {
  const observations = { carriageReturns: false, emptyMessages: false };
  const connection = await connect({ address, limitMilliseconds, observations });
  for (const { command, due } of steps[doing](name)) {
    connection.send(`${command}\n`);
    const reply = await connection.inbox.line(limitMilliseconds);
    if (!reply.startsWith(due)) {
      process.stdout.write(`${reply}\n`);
      connection.close();
      return;
    }
  }
  process.stdout.write(`${doing}\n`);
  for await (const _ of Bun.stdin.stream()) continue;
  connection.close();
}

async function firstLine(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return text;
}
