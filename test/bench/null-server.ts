/**
 * The floor: answers every line with the same reply and keeps nothing. What a lock server
 * costs on top of this is its own.
 * Started as a process: the port is its argument.
 */
import { assert } from "../../src/assert.ts";

const lineFeed = 10;
const reply = Buffer.from("1 Lock Get Success: lock:10:0\n", "latin1");
/** Bun hands over at most this much at once; all of it may be line ends. */
const inputBytesMax = 512 * 1_024;

const port = Number(process.argv[2]);
assert(Number.isInteger(port) && port > 0, "the port is the only argument");

/** What the system has not taken yet. */
interface Session {
  unsent: Buffer;
}

const output = Buffer.alloc(inputBytesMax * reply.length);

/** Each reply is copied on its own, as a server whose replies differ has to. */
function answers(input: Buffer): Buffer {
  let made = 0;
  for (let at = input.indexOf(lineFeed); at !== -1; at = input.indexOf(lineFeed, at + 1))
    made += reply.copy(output, made);
  return output.subarray(0, made);
}

function flush(socket: Bun.Socket<Session>): void {
  const taken = socket.write(socket.data.unsent);
  if (taken > 0) socket.data.unsent = socket.data.unsent.subarray(taken);
}

Bun.listen<Session>({
  hostname: "127.0.0.1",
  port,
  socket: {
    open: (socket) => {
      socket.data = { unsent: Buffer.alloc(0) };
    },
    data(socket, input) {
      const replies = answers(input);
      const taken = socket.data.unsent.length > 0 ? 0 : Math.max(0, socket.write(replies));
      if (taken < replies.length)
        socket.data.unsent = Buffer.concat([socket.data.unsent, replies.subarray(taken)]);
    },
    drain: flush,
  },
});
