/**
 * The process that the tester kills, as a test starts it: what `glockd test hold` does,
 * without all that the command line brings with it, for a test starts hundreds.
 */
import { tcpAddress, type Address } from "../../src/tester/connection/address.ts";
import { hold, type Doing } from "../../src/tester/holder.ts";

const flags = new Map(
  process.argv.slice(3).map((flag) => {
    const equals = flag.indexOf("=");
    return [flag.slice(2, equals), flag.slice(equals + 1)] as const;
  }),
);
const [host, unix, url] = ["host", "unix", "ws"].map((name) => flags.get(name));

await hold(
  addressed(),
  { doing: flags.get("doing") as Doing, name: flags.get("name") ?? "" },
  30_000,
);

function addressed(): Address {
  if (unix !== undefined) return { door: "unix", path: unix };
  return url === undefined ? tcpAddress(host ?? "") : { door: "web", url };
}
