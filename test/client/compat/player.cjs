// Plays calls of the compat library against a server and prints what their callbacks got,
// one JSON array a call; the address of each client is shown as `<name>`.
// Under Bun as under Node: `player.cjs '{"connect": {...}, "calls": [["a", "get", "x"], ...]}'`.
const lockd = require("glockd/compat");

const { connect, calls } = JSON.parse(process.argv[2]);
const clients = new Map();
const addresses = new Map();

function call(client, method, given) {
  return new Promise((resolve) => client[method](...given, (...got) => resolve(got)));
}

async function clientOf(name) {
  let client = clients.get(name);
  if (client === undefined) {
    client = lockd.connect(connect);
    clients.set(name, client);
    const [error, address] = await call(client, "getName", []);
    if (error) throw error;
    addresses.set(address, name);
  }
  return client;
}

function shown(value) {
  if (value instanceof Error) return { error: value.message };
  if (typeof value === "string") return addresses.has(value) ? `<${addresses.get(value)}>` : value;
  if (Array.isArray(value)) return value.map(shown);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}

async function play() {
  for (const [name, method, ...given] of calls) {
    const client = await clientOf(name);
    const got = await call(client, method, given);
    process.stdout.write(`${JSON.stringify(got.map(shown))}\n`);
  }
  for (const client of clients.values()) await call(client, "disconnect", []);
}

play();
