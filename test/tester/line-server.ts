/** Servers and questions that know nothing but lines, for tests of the load engine. */
import type { ReferenceServer } from "./reference/server.ts";

/** Answers every line with `reply`; closes the connection instead after `answersMax` of them. */
export function lineServer(reply: string, answersMax = Infinity): ReferenceServer {
  let answers = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        const lines = bytes.toString("latin1").split("\n").length - 1;
        answers += lines;
        if (answers > answersMax) socket.end();
        else socket.write(reply.repeat(lines));
      },
    },
  });
  return {
    address: { door: "tcp", host: "127.0.0.1", port: listener.port },
    stop: () => listener.stop(true),
  };
}

/** The first packet that answers a command. */
export async function asked({ address }: ReferenceServer, command: string): Promise<string> {
  if (address.door !== "tcp") throw new Error("over TCP only");
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = await Bun.connect({
    hostname: address.host,
    port: address.port,
    socket: { data: (_socket, bytes) => resolve(bytes.toString()) },
  });
  socket.write(`${command}\n`);
  const reply = await promise;
  socket.end();
  return reply;
}
