/**
 * The bench's side of a load process.
 * Invariant: `perform` resolves with that job's answer; what the process cannot do is thrown.
 */
import type { Answer, Job, Measured } from "./jobs.ts";

export class Worker {
  readonly #process = Bun.spawn({
    cmd: [process.execPath, `${import.meta.dir}/load-process.ts`],
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  readonly #answers = this.#lines();

  /** @throws Error with the load process's reason. */
  async perform(job: Job): Promise<Answer & { ok: true }> {
    this.#process.stdin.write(`${JSON.stringify(job)}\n`);
    await this.#process.stdin.flush();
    const { value } = await this.#answers.next();
    if (value === undefined) throw new Error(`the load process ended during ${job.kind}`);
    const answer = JSON.parse(value) as Answer;
    if (!answer.ok) throw new Error(`${job.kind}: ${answer.reason}`);
    return answer;
  }

  async load(job: Omit<Extract<Job, { kind: "load" }>, "kind">): Promise<Measured> {
    const { measured } = await this.perform({ kind: "load", ...job });
    if (measured === undefined) throw new Error("a load has measurements");
    return measured;
  }

  async durable(job: Omit<Extract<Job, { kind: "durable" }>, "kind">): Promise<Measured> {
    const { measured } = await this.perform({ kind: "durable", ...job });
    if (measured === undefined) throw new Error("a load has measurements");
    return measured;
  }

  async stop(): Promise<void> {
    await this.#process.stdin.end();
    await this.#process.exited;
  }

  async *#lines(): AsyncGenerator<string, undefined> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stdout) {
      text += decoder.decode(bytes, { stream: true });
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        yield text.slice(0, end);
        text = text.slice(end + 1);
      }
    }
    return undefined;
  }
}
