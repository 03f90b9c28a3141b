/** A reader of server-sent events, as browsers have one (`EventSource`). */
import { Changes } from "../../wait-for.ts";

export interface ServerEvent {
  readonly id: string;
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
}

export class EventReader {
  readonly changes = new Changes();
  readonly events: ServerEvent[] = [];
  /** The stream has ended, or was left. */
  ended = false;
  readonly #abort = new AbortController();

  /** Resolves once the server has answered. */
  static async open(address: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const reader = new EventReader();
    const response = await fetch(address, { headers, signal: reader.#abort.signal });
    if (response.status !== 200) throw new Error(`the server answered ${response.status}`);
    void reader.#read(response);
    return reader;
  }

  /** The next `count` events, or as many as there are when the stream ends. */
  take(count: number): Promise<ServerEvent[]> {
    return this.changes.until(`${count} events`, () => {
      if (this.events.length < count && !this.ended) return undefined;
      return this.events.splice(0, count);
    });
  }

  leave(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    let text = "";
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
        this.changes.announce();
      }
    } catch {
      // Left, or cut off.
    }
    this.ended = true;
    this.changes.announce();
  }

  #take(block: string): void {
    const fields: Record<string, string> = {};
    for (const line of block.split("\n")) {
      const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      fields[name] = value;
    }
    const { id = "", event, data } = fields;
    if (event === undefined || data === undefined) return;
    this.events.push({ id, type: event, data: JSON.parse(data) });
  }
}
