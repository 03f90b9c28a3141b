/**
 * A second process that holds a lock, to be killed. It is this program again, so that it
 * works from a compiled binary as from source.
 * Invariant: the child outlives neither its kill nor its parent: it ends when its
 * standard input does.
 */
import { addressFlags, type Address } from "./connection/address.ts";
import { connect } from "./connection/connect.ts";
import { RuleFailure } from "./failure.ts";

/** A running child that holds a lock. */
export interface Holder {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

const held = "held";

/** How this program is started again: the compiled binary alone, or bun with the entry file. */
export function ownCommand(): readonly string[] {
  const compiled = /^(\/\$bunfs\/|[a-z]:[\\/]~BUN[\\/])/i.test(Bun.main);
  return compiled ? [process.execPath, "test"] : [process.execPath, Bun.main, "test"];
}

/**
 * Starts a child and waits until it holds `name`, exclusively and shared.
 * @throws RuleFailure when the server does not give it to the child.
 */
export async function startHolder(
  address: Address,
  name: string,
  command: readonly string[],
): Promise<Holder> {
  const child = Bun.spawn({
    cmd: [...command, "hold", ...addressFlags(address), `--name=${name}`],
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  const said = await firstLine(child.stdout);
  if (said === held) return { kill };
  const complaint = said || (await new Response(child.stderr).text()).trim();
  await kill();
  throw new RuleFailure({
    sent: `g ${name}, sg ${name} (from a child process)`,
    came: complaint,
    due: "both locks",
  });
}

/** The child's side: takes both locks, says so, and holds them until standard input ends. */
export async function hold(
  address: Address,
  name: string,
  limitMilliseconds: number,
): Promise<void> {
  const observations = { carriageReturns: false, emptyMessages: false };
  const connection = await connect({ address, limitMilliseconds, observations });
  for (const command of [`g ${name}`, `sg ${name}`]) {
    connection.send(`${command}\n`);
    const reply = await connection.inbox.line(limitMilliseconds);
    if (!reply.startsWith("1 ")) {
      process.stdout.write(`${reply}\n`);
      connection.close();
      return;
    }
  }
  process.stdout.write(`${held}\n`);
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
