/**
 * The line protocol, parts 0, 1 and 3, as plainly as it can be said: what other
 * servers are compared with. No sockets here; text is latin1, one character a byte.
 * Invariant: replies leave in the order of the commands, each as one string.
 */
import { NaiveTable, type Request } from "./table.ts";

/** What of a server's configuration the protocol depends on. */
export interface ReferenceOptions {
  readonly dump?: boolean;
  readonly registry?: boolean;
  readonly lineBytesMax?: number;
  readonly nameBytesMax?: number;
  readonly connectionsMax?: number;
  readonly locksMax?: number;
}

const alwaysListed =
  "command_d command_dump command_g command_i command_q command_r command_sd command_sg command_si command_sr " +
  "connections invalid_commands locks orphans shared_locks shared_orphans";
const whiteSpace = /[ \t\v\f\r]+/g;

/** The state that all connections share. */
export class ReferenceServer {
  readonly options: Required<ReferenceOptions>;
  readonly connections = new Set<ReferenceConnection>();
  readonly exclusive = new NaiveTable<ReferenceConnection>();
  readonly shared = new NaiveTable<ReferenceConnection>();
  readonly counts = new Map(alwaysListed.split(" ").map((key) => [key, 0]));

  constructor(options: ReferenceOptions = {}) {
    this.options = {
      dump: true,
      registry: true,
      lineBytesMax: 8192,
      nameBytesMax: 1024,
      connectionsMax: 100_000,
      locksMax: 10_000_000,
      ...options,
    };
  }

  /** A connection, or the reason why it is refused: the line that it gets. */
  connect(address: string, reply: (text: string) => void): ReferenceConnection | string {
    if (this.connections.size >= this.options.connectionsMax)
      return "0 Limit Reached: connections\n";
    const connection = new ReferenceConnection(this, address, reply);
    this.connections.add(connection);
    return connection;
  }

  count(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

/** One client's side. */
export class ReferenceConnection {
  readonly address: string;
  name = "";
  readonly #server: ReferenceServer;
  readonly #reply: (text: string) => void;
  #partial = "";
  #skipping = false;

  constructor(server: ReferenceServer, address: string, reply: (text: string) => void) {
    this.#server = server;
    this.address = address;
    this.#reply = reply;
  }

  get holder(): string {
    return this.name === "" ? this.address : this.name;
  }

  /** Takes bytes as they come and answers each whole line. */
  receive(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) {
      if (!this.#skipping) this.#line(line.replace(/\r$/, ""));
      this.#skipping = false;
    }
    if (
      !this.#skipping &&
      this.#partial.replace(/\r$/, "").length > this.#server.options.lineBytesMax
    ) {
      this.#skipping = true;
      this.#reply("0 Line Too Long\n");
    }
    if (this.#skipping) this.#partial = "";
  }

  /** The connection has ended: all that it held is released. */
  end(): void {
    const { exclusive, shared, counts } = this.#server;
    for (const [table, key] of [
      [exclusive, "orphans"],
      [shared, "shared_orphans"],
    ] as const) {
      for (const { name, request } of table.all().filter((entry) => entry.request.owner === this)) {
        if (request.granted) counts.set(key, (counts.get(key) ?? 0) + 1);
        table.leave(name, request);
      }
    }
    this.#server.connections.delete(this);
  }

  #line(line: string): void {
    if (line.length > this.#server.options.lineBytesMax) return this.#reply("0 Line Too Long\n");
    const text = line.replace(whiteSpace, " ").replace(/^ | $/g, "");
    if (text === "") return;
    const [command = ""] = text.split(" ", 1);
    const name = text.slice(command.length + 1);
    const answer = commands.get(command);
    if (answer === undefined) return this.#server.count("invalid_commands");
    this.#server.count(`command_${command}`);
    const { nameBytesMax } = this.#server.options;
    const reply =
      name.length > nameBytesMax ? "0 Name Too Long\n" : answer(this.#server, this, name);
    if (reply !== "") this.#reply(reply);
  }
}

type Answer = (server: ReferenceServer, self: ReferenceConnection, name: string) => string;

const answers: Readonly<Record<string, Answer>> = {
  g: (server, self, name) => {
    const [holder] = server.exclusive.holders(name);
    if (holder?.owner === self) return `1 Lock Get Success: ${name}\n`;
    if (holder === undefined && full(server)) return "0 Limit Reached: locks\n";
    const request = enter(server.exclusive, self, name, { kind: "exclusive" });
    return request.granted ? `1 Lock Get Success: ${name}\n` : `0 Lock Get Failure: ${name}\n`;
  },
  r: (server, self, name) =>
    release(server.exclusive, self, name)
      ? `1 Lock Release Success: ${name}\n`
      : `0 Lock Release Failure: ${name}\n`,
  i: (server, _, name) =>
    server.exclusive.holders(name).length > 0
      ? `1 Lock Is Locked: ${name}\n`
      : `0 Lock Not Locked: ${name}\n`,
  sg: (server, self, name) => {
    const { shared } = server;
    const isNew = shared.holders(name).length === 0;
    if (isNew && full(server)) return "0 Limit Reached: locks\n";
    if (!shared.holders(name).some(({ owner }) => owner === self)) {
      enter(shared, self, name, { kind: "shared", limit: 0 });
    }
    return `${shared.holders(name).length} Shared Lock Get Success: ${name}\n`;
  },
  sr: (server, self, name) =>
    release(server.shared, self, name)
      ? `1 Shared Lock Release Success: ${name}\n`
      : `0 Shared Lock Release Failure: ${name}\n`,
  si: (server, _, name) => {
    const count = server.shared.holders(name).length;
    return count > 0
      ? `${count} Shared Lock Is Locked: ${name}\n`
      : `0 Shared Lock Not Locked: ${name}\n`;
  },
  d: (server, _, name) => listing(server, server.exclusive, name),
  sd: (server, _, name) => listing(server, server.shared, name),
  dump: (server, _, name) => {
    if (!server.options.dump) return "0 disabled\n";
    const shared = name === "shared";
    const { locks } = shared ? server.shared : server.exclusive;
    const entries = [...locks]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([lock, list]) => {
        const addresses = list.map(({ owner }) => owner.address).join(" ");
        return shared ? `${lock}:[${addresses}]` : `${lock}:${addresses}`;
      });
    return `map[${entries.join(" ")}]\n`;
  },
  me: (_, self) => `1 ${self.address} ${self.holder}\n`,
  iam: (server, self, name) => {
    if (!server.options.registry) return "0 disabled\n";
    self.name = name;
    return "1 ok\n";
  },
  who: (server, _, name) => {
    if (!server.options.registry || !server.options.dump) return "0 disabled\n";
    const registered = [...server.connections].filter((other) => other.name !== "");
    const wanted = registered.filter((other) => name === "" || other.name === name);
    return wanted.map((other) => `${other.address}: ${other.name}\n`).join("");
  },
  q: (server) => {
    server.counts.set("connections", server.connections.size);
    server.counts.set("locks", server.exclusive.locks.size);
    server.counts.set("shared_locks", server.shared.locks.size);
    return [...server.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, n]) => `${key}: ${n}\n`)
      .join("");
  },
};

/** A map, not the object: `constructor` is no command. */
const commands = new Map(Object.entries(answers));

function full(server: ReferenceServer): boolean {
  return server.exclusive.locks.size + server.shared.locks.size >= server.options.locksMax;
}

function enter(
  table: NaiveTable<ReferenceConnection>,
  owner: ReferenceConnection,
  name: string,
  claim: Request<ReferenceConnection>["claim"],
): Request<ReferenceConnection> {
  const request = { owner, claim, granted: false, onGranted: () => {} };
  table.enter(name, request, false);
  return request;
}

function release(
  table: NaiveTable<ReferenceConnection>,
  owner: ReferenceConnection,
  name: string,
): boolean {
  const held = table.holders(name).find((request) => request.owner === owner);
  if (held !== undefined) table.leave(name, held);
  return held !== undefined;
}

function listing(
  server: ReferenceServer,
  table: NaiveTable<ReferenceConnection>,
  name: string,
): string {
  if (!server.options.dump) return "0 disabled\n";
  const wanted = table.all().filter((entry) => name === "" || entry.name === name);
  return wanted.map(({ name: lock, request }) => `${lock}: ${request.owner.holder}\n`).join("");
}
