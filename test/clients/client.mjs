// A client as Node programs have it: net.connect and readline.
// Usage: node client.mjs HOST PORT NAME   or   node client.mjs PATH NAME
import { connect } from "node:net";
import { createInterface } from "node:readline";

const place = process.argv.slice(2);
const name = place.pop();

function client() {
  const socket = place.length === 1 ? connect(place[0]) : connect(Number(place[1]), place[0]);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const ask = async (command) => {
    socket.write(`${command}\n`);
    return (await lines.next()).value;
  };
  return { ask, end: () => socket.destroy() };
}

const [one, two] = [client(), client()];
const say = (text) => process.stdout.write(`${text}\n`);
say(await one.ask(`g ${name}`));
say(await two.ask(`g ${name}`));
say(await two.ask(`i ${name}`));
say(await one.ask(`sg ${name}`));
say(await two.ask(`sg ${name}`));
say(await one.ask(`iam node ${name}`));
say(await one.ask(`d ${name}`));
say(await one.ask(`r ${name}`));
say(await two.ask(`g ${name}`));
two.end();
let reply = "";
while (!reply.startsWith("1 ")) reply = await one.ask(`g ${name}`);
say(reply);
say(await one.ask(`si ${name}`));
one.end();
