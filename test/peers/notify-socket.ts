/**
 * A service manager as the server sees it: a datagram socket that NOTIFY_SOCKET names.
 * Bun has none, so Python listens.
 * Invariant: what came is kept in order; `await using` ends the listener.
 */
import { join } from "node:path";
import { Changes } from "../wait-for.ts";

/** One message: its variables by name. */
export type Message = Readonly<Record<string, string>>;

export class NotifySocket {
  /** What has come so far. */
  readonly messages: Message[] = [];
  private readonly changes = new Changes();
  private readonly process: Bun.Subprocess<"ignore", "pipe", "inherit">;
  private isListening = false;

  private constructor(place: string) {
    const script = join(import.meta.dir, "notify_socket.py");
    this.process = Bun.spawn(["python3", script, place], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    void this.read();
  }

  /** Listens at a path, or at an abstract address: `@name`. */
  static async at(place: string): Promise<NotifySocket> {
    const socket = new NotifySocket(place);
    await socket.changes.until("the notify socket", () => socket.isListening || undefined);
    return socket;
  }

  /** The first message that `wanted` accepts, from the one with the index `from` on. */
  message(wanted: (message: Message) => boolean, from = 0): Promise<Message> {
    return this.changes.until("a message to the service manager", () =>
      this.messages.slice(from).find(wanted),
    );
  }

  /** The first that has that variable. */
  with(name: string, from = 0): Promise<Message> {
    return this.message((message) => name in message, from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill();
    await this.process.exited;
  }

  private async read(): Promise<void> {
    let text = "";
    for await (const piece of this.process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (text + piece).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.take(JSON.parse(line) as string);
      this.changes.announce();
    }
  }

  private take(datagram: string): void {
    if (!this.isListening) {
      this.isListening = true;
      return;
    }
    const pairs = datagram.split("\n").map((line) => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=")] as const;
    });
    this.messages.push(Object.fromEntries(pairs));
  }
}
