/** What stands before the name in the commands that were added. */
import type { Call } from "./call.ts";

const secondsMax = 2_592_000;

/** Thrown for an argument that is none; the message is the reason. */
export class BadRequest extends Error {}

/** Takes words off the front; what is left is the name. */
export class Arguments {
  readonly #words: string[];
  readonly #takesAnything: boolean;
  readonly #secondsMax: number;

  constructor({ words, reference }: Call) {
    this.#words = [...words];
    this.#takesAnything = reference.fault === "takes bad arguments";
    this.#secondsMax = reference.fault === "refuses the longest wait" ? secondsMax - 1 : secondsMax;
  }

  word(what: string): string {
    const word = this.#words.shift();
    if (word === undefined && !this.#takesAnything) throw new BadRequest(`${what} is missing`);
    return word ?? "0";
  }

  /** In milliseconds; `-` is `Infinity`. */
  seconds(what: string): number {
    const word = this.word(what);
    if (word === "-") return Infinity;
    const isNumber = /^(\d+(\.\d*)?|\.\d+)$/.test(word) && Number(word) <= this.#secondsMax;
    if (!isNumber && !this.#takesAnything) throw new BadRequest(`${what} is no number of seconds`);
    return Number.parseFloat(word) * 1_000 || 0;
  }

  limit(): number {
    const word = this.word("LIMIT");
    if (!/^\d+$/.test(word) && !this.#takesAnything) throw new BadRequest("LIMIT is no number");
    return Number.parseInt(word, 10) || 0;
  }

  name(): string {
    return this.#words.join(" ");
  }
}
