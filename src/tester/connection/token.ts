/**
 * Says who somebody is on a new connection, before anything else.
 * Invariant: nothing of that is seen by whoever uses the connection then.
 */
import { NoReply } from "../failure.ts";
import type { Connection } from "./connection.ts";

/** Told of what happens on a wire. */
interface Events {
  readonly receive: (bytes: Buffer) => void;
  readonly ended: () => void;
}

/** The part of a wire that this needs. */
interface Writable {
  write(bytes: Buffer, start: number, end: number): void;
  close(): void;
}

/** @throws Error when the token is not accepted. */
export async function proveConnection(
  connection: Connection,
  token: string,
  limitMilliseconds: number,
): Promise<Connection> {
  connection.send(`auth ${token}\n`);
  try {
    judge(await connection.inbox.line(limitMilliseconds));
    connection.messages.length = 0;
    return connection;
  } catch (error) {
    connection.close();
    if (error instanceof NoReply) throw new Error(`auth: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Opens a wire and says it there. @throws what `open` throws, and as above. */
export async function provenWire<Wire extends Writable>(
  open: (events: Events) => Promise<Wire>,
  token: string,
  events: Events,
): Promise<Wire> {
  const answered = Promise.withResolvers<string>();
  let answer = "";
  let isProven = false;
  const wire = await open({
    receive(bytes) {
      if (isProven) return events.receive(bytes);
      answer += bytes.toString("latin1");
      if (answer.endsWith("\n")) answered.resolve(answer.trim());
    },
    ended() {
      answered.reject(new Error("auth: the end of the connection"));
      events.ended();
    },
  });
  const command = Buffer.from(`auth ${token}\n`);
  wire.write(command, 0, command.length);
  try {
    judge(await answered.promise);
  } catch (error) {
    wire.close();
    throw error;
  }
  isProven = true;
  return wire;
}

function judge(reply: string): void {
  if (reply === "1 ok") return;
  throw new Error(`the server does not accept the credential: it answers ${reply}`);
}
