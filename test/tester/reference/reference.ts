/**
 * The protocol as naively as it can be written, to test the tester: maps, strings, no
 * speed. It can be told to be wrong in one way at a time.
 * Invariant: without faults it keeps every rule; each fault breaks what its name says and
 * nothing else.
 */
import { additions } from "./additions.ts";
import type { Call, Command, Host } from "./call.ts";
import { commands } from "./commands.ts";
import type { Fault } from "./fault.ts";
import { Locks } from "./locks.ts";
import { newPeer, waitsOf } from "./peer.ts";
import type { Peer } from "./request.ts";
import { giveUp } from "./waiting.ts";

const standing = "d dump g i q r sd sg si sr".split(" ").map((command) => `command_${command}`);
const counters = [...standing, "connections", "invalid_commands", "orphans", "shared_orphans"];

const known: ReadonlyMap<string, Command> = new Map([
  ...Object.entries(commands),
  ...Object.entries(additions),
]);
const listings: ReadonlySet<string> = new Set(["d", "sd", "who", "q", "ls", "help"]);

export class Reference implements Host {
  readonly fault: Fault | undefined;
  readonly disabled: ReadonlySet<string>;
  readonly locks: Locks;
  readonly peers = new Set<Peer>();
  readonly #counts = new Map(counters.map((key) => [key, 0]));
  refusals = 0;

  constructor(fault?: Fault, disabled: readonly ("dump" | "registry" | "additions")[] = []) {
    this.fault = fault;
    this.disabled = new Set(disabled);
    this.locks = new Locks(fault);
  }

  join(options: Pick<Peer, "address" | "administrator" | "tell" | "drop">): Peer {
    const peer = newPeer(options);
    this.peers.add(peer);
    this.count("connections", 1);
    return peer;
  }

  leave(peer: Peer): void {
    peer.gone = true;
    clearTimeout(peer.beatTimer);
    if (this.fault !== "keeps names of the registry") this.peers.delete(peer);
    this.count("connections", -1);
    for (const { mode } of this.locks.leave(peer))
      this.count(mode === "shared" ? "shared_orphans" : "orphans");
  }

  /** Nothing more comes from this peer, so it may be gone: it waits for nothing any more. */
  endInput(peer: Peer): void {
    if (this.fault === "waits on after a half-close") return;
    peer.inputEnded = true;
    for (const wait of waitsOf(peer)) giveUp(this, wait);
  }

  /** One line of a peer; what it is told comes through `peer.tell`, now or later. */
  receive(peer: Peer, line: string): void {
    this.heard(peer);
    if (peer.blockedBy !== undefined && this.fault !== "holds nothing up") peer.backlog.push(line);
    else this.#tell(peer, this.#answer(peer, line));
  }

  /** What stood behind a wait without a tag. */
  goOn(peer: Peer): void {
    while (peer.blockedBy === undefined) {
      const line = peer.backlog.shift();
      if (line === undefined) return;
      this.receive(peer, line);
    }
  }

  /** Its beat starts anew. */
  heard(peer: Peer): void {
    clearTimeout(peer.beatTimer);
    if (peer.beatMilliseconds === 0 || peer.gone) return;
    peer.beatTimer = setTimeout(peer.drop, peer.beatMilliseconds);
  }

  /** The numbers of `q`. */
  statistics(): readonly (readonly [string, number])[] {
    const shared = this.locks.names("shared");
    const holders =
      this.fault === "counts holders in shared_locks"
        ? shared.flatMap((name) => this.locks.holders("shared", name)).length
        : shared.length;
    const locks = this.locks.names("exclusive").length;
    return [...this.#counts, ["locks", locks], ["shared_locks", holders]];
  }

  count(key: string, by = 1): void {
    if (this.fault === "gives no orphan count" && key.endsWith("orphans")) return;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  /** One whole reply; no lines are none. */
  #tell(peer: Peer, lines: readonly string[]): void {
    const ending = this.fault === "says CR LF" ? "\r\n" : "\n";
    if (lines.length > 0) peer.tell(lines.map((line) => `${line}${ending}`).join(""));
  }

  #answer(peer: Peer, line: string): readonly string[] {
    const folds = this.fault !== "does not fold white space";
    const words = folds
      ? line.split(/[ \t\v\f\r]+/).filter((word) => word !== "")
      : line.trim().split(" ");
    if (words.length === 0 || words[0] === "") {
      if (this.fault === "counts a blank line") this.count("invalid_commands");
      return [];
    }
    if (line.length > 8_192) return ["0 Line Too Long"];
    if (words[0]?.startsWith("@") && !this.disabled.has("additions"))
      return this.#tagged(peer, words);
    return this.#run(this.#call(peer, words, undefined)) ?? [];
  }

  #tagged(peer: Peer, words: readonly string[]): readonly string[] {
    const { fault } = this;
    const tag = words[0]?.slice(1) ?? "";
    if (!/^[A-Za-z0-9._-]{1,32}$/.test(tag) && fault !== "takes any tag") return this.#invalid();
    const shares = fault === "shares short tags between connections" && tag.length === 1;
    const shared = shares ? [...this.peers] : [peer];
    if (fault !== "uses tags twice" && shared.some((each) => each.tags.has(tag)))
      return [`@${tag} 0 Tag In Use: ${tag}`];
    const call = this.#call(peer, words.slice(1), tag);
    const lines = this.#run(call);
    if (lines === undefined) return [];
    if (!known.has(call.command))
      return fault === "hides unknown tagged commands"
        ? []
        : [`@${tag} 0 Invalid Command: ${call.command}`];
    if (listings.has(call.command) && lines[0] !== "0 disabled")
      return fault === "tells nothing before tagged listings"
        ? lines
        : [`@${tag} ${lines.length} lines`, ...lines];
    return lines.map((reply) => call.prefixed(reply));
  }

  #call(peer: Peer, words: readonly string[], tag: string | undefined): Call {
    const [command = "", ...rest] = words;
    const bare = (reply: string): boolean =>
      tag === undefined ||
      (this.fault === "forgets the tags of failures" && reply.startsWith("0 Lock"));
    return {
      reference: this,
      peer,
      command,
      words: rest,
      name: this.#decoded(rest.join(" ")),
      tag,
      prefixed: (reply) => (bare(reply) ? reply : `@${tag} ${reply}`),
      later: (lines) => {
        if (!peer.gone) this.#tell(peer, lines);
      },
    };
  }

  #run(call: Call): readonly string[] | undefined {
    const { command, name, tag } = call;
    const run =
      this.disabled.has("additions") && command in additions ? undefined : known.get(command);
    if (run === undefined) return this.#invalid(tag === undefined ? command : undefined);
    if (tag === undefined || this.fault !== "counts no tagged commands")
      this.count(`command_${command}`, this.fault === "counts commands twice" ? 2 : 1);
    if (name.length > 1_024 && command in commands) return ["0 Name Too Long"];
    return run(call);
  }

  #invalid(command?: string): readonly string[] {
    this.count("invalid_commands");
    return this.fault === "answers unknown commands" && command !== undefined
      ? [`0 Invalid Command: ${command}`]
      : [];
  }

  #decoded(name: string): string {
    return this.fault === "decodes names"
      ? Buffer.from(Buffer.from(name, "latin1").toString("utf8")).toString("latin1")
      : name;
  }
}
