/**
 * A server of a test's own and what speaks to it: commands of the compiled binary, and a
 * client that looks.
 * Invariant: `await using` ends all of it and leaves no file behind.
 */
import { type Client, connect } from "../../src/client/index.ts";
import { eventually } from "../wait-for.ts";
import { type Ended, Glockd, glockd, onlyUnix, scratch } from "./glockd.ts";

export class House implements AsyncDisposable {
  readonly server: Glockd;
  /** Of the server. */
  readonly unix: string;
  /** Somebody who holds nothing yet. */
  readonly guest: Client;
  readonly #room: ReturnType<typeof scratch>;

  private constructor(server: Glockd, unix: string, room: ReturnType<typeof scratch>) {
    this.server = server;
    this.unix = unix;
    this.guest = connect({ unix });
    this.#room = room;
  }

  static open(...flags: readonly string[]): Promise<House> {
    return House.#open(flags, {});
  }

  /** One that wants to know who somebody is: `deploy`, whose secret is `hunter2`. */
  static openToDeploy(): Promise<House> {
    return House.#open([], { AUTH_USER: "deploy", AUTH_PASS: "hunter2" });
  }

  static async #open(flags: readonly string[], env: Record<string, string>): Promise<House> {
    const room = scratch();
    const unix = room.path("socket");
    const server = await Glockd.start([...onlyUnix(unix), ...flags], { env });
    await server.logged("listening");
    return new House(server, unix, room);
  }

  /** A path for a file of the test. */
  path(name: string): string {
    return this.#room.path(name);
  }

  /** Runs a command of glockd to its end. */
  command(argv: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return glockd(argv, { env: this.#env(env) });
  }

  /** Starts one. */
  start(argv: readonly string[], env: Record<string, string> = {}): Promise<Glockd> {
    return Glockd.start(argv, { env: this.#env(env) });
  }

  /** `glockd run lock -- sh -c SCRIPT`, once the script has said `ready` on standard error. */
  async running(script: string, ...flags: readonly string[]): Promise<Glockd> {
    const process = await this.start(["run", ...flags, "lock", "--", "sh", "-c", script]);
    await process.logged("ready");
    return process;
  }

  /** Resolves once that many requests wait for the lock. */
  async waiters(count: number, name = "lock"): Promise<void> {
    await eventually(
      `${count} waiters for ${name}`,
      async () => (await this.guest.list(name))[0]?.waiters ?? 0,
      (found) => found === count,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.signal("SIGCONT");
    await this.guest.close();
    await this.server[Symbol.asyncDispose]();
    await this.#room[Symbol.asyncDispose]();
  }

  #env(env: Record<string, string>): Record<string, string> {
    return { GLOCKD_UNIX: this.unix, ...env };
  }
}
