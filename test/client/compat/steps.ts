/** What each method's callback gets, call by call, by the theme of the calls. */

/** `[client, method, ...arguments]`, and what the callback gets. */
export type Step = readonly [call: readonly string[], got: readonly unknown[]];

const refused = (message: string): { error: string } => ({ error: message });

const exclusive: readonly Step[] = [
  [
    ["a", "inspect", "x"],
    [null, 0, "Lock Not Locked: x"],
  ],
  [
    ["a", "get", "x"],
    [null, 1, "Lock Get Success: x"],
  ],
  [
    ["a", "get", "x"],
    [null, 1, "Lock Get Success: x"],
  ],
  [["b", "get", "x"], [refused("Lock Get Failure: x")]],
  [
    ["b", "inspect", "x"],
    [null, 1, "Lock Is Locked: x"],
  ],
  [["b", "release", "x"], [refused("Lock Release Failure: x")]],
  [
    ["b", "get", "grüße an alle"],
    [null, 1, "Lock Get Success: grüße an alle"],
  ],
  [
    ["b", "dump"],
    [null, { "grüße an alle": "<b>", x: "<a>" }],
  ],
  [
    ["b", "dump", "x"],
    [null, "<a>"],
  ],
  [
    ["b", "dump", " grüße   an alle"],
    [null, "<b>"],
  ],
  [
    ["b", "dump", "nobody's"],
    [null, null],
  ],
  [
    ["b", "dump", ""],
    [null, { "grüße an alle": "<b>", x: "<a>" }],
  ],
  [
    ["a", "release", "x"],
    [null, 1, "Lock Release Success: x"],
  ],
  [
    ["b", "release", "grüße an alle"],
    [null, 1, "Lock Release Success: grüße an alle"],
  ],
  [
    ["b", "dump"],
    [null, {}],
  ],
  [
    ["a", "get", ""],
    [null, 1, "Lock Get Success: "],
  ],
  [["b", "release", ""], [refused("Lock Release Failure: ")]],
  [
    ["a", "dump"],
    [null, { "": "<a>" }],
  ],
  [
    ["a", "release", ""],
    [null, 1, "Lock Release Success: "],
  ],
];

const shared: readonly Step[] = [
  [
    ["a", "inspectShared", "x"],
    [null, 0, "Shared Lock Not Locked: x"],
  ],
  [
    ["a", "getShared", "x"],
    [null, 1, "Shared Lock Get Success: x"],
  ],
  [
    ["b", "getShared", "x"],
    [null, 2, "Shared Lock Get Success: x"],
  ],
  [
    ["b", "getShared", "x"],
    [null, 2, "Shared Lock Get Success: x"],
  ],
  [
    ["b", "getShared", "y"],
    [null, 1, "Shared Lock Get Success: y"],
  ],
  [
    ["a", "inspectShared", "x"],
    [null, 2, "Shared Lock Is Locked: x"],
  ],
  [
    ["a", "dumpShared"],
    [null, { x: ["<a>", "<b>"], y: ["<b>"] }],
  ],
  [
    ["a", "dumpShared", "x"],
    [null, ["<a>", "<b>"]],
  ],
  [
    ["a", "dumpShared", "nobody's"],
    [null, []],
  ],
  [["a", "releaseShared", "y"], [refused("Shared Lock Release Failure: y")]],
  [
    ["b", "releaseShared", "y"],
    [null, 1, "Shared Lock Release Success: y"],
  ],
  [
    ["b", "releaseShared", "x"],
    [null, 1, "Shared Lock Release Success: x"],
  ],
  [
    ["a", "releaseShared", "x"],
    [null, 1, "Shared Lock Release Success: x"],
  ],
  [
    ["a", "dumpShared"],
    [null, {}],
  ],
];

const registry: readonly Step[] = [
  [
    ["a", "getName"],
    [null, "<a>", "<a>"],
  ],
  [
    ["a", "listClients"],
    [null, {}],
  ],
  [
    ["a", "setName", "worker 1"],
    [null, 1, "ok"],
  ],
  [
    ["b", "setName", "worker 2"],
    [null, 1, "ok"],
  ],
  [
    ["a", "getName"],
    [null, "<a>", "worker 1"],
  ],
  [
    ["b", "listClients"],
    [null, { "worker 1": "<a>", "worker 2": "<b>" }],
  ],
  [
    ["b", "listClients", "worker 1"],
    [null, "<a>"],
  ],
  [
    ["b", "listClients", "nobody"],
    [null, null],
  ],
  [
    ["a", "get", "x"],
    [null, 1, "Lock Get Success: x"],
  ],
  [
    ["b", "dump", "x"],
    [null, "worker 1"],
  ],
  [
    ["a", "setName", ""],
    [null, 1, "ok"],
  ],
  [
    ["a", "getName"],
    [null, "<a>", "<a>"],
  ],
  [
    ["b", "dump", "x"],
    [null, "<a>"],
  ],
];

const noDump = refused("The dump feature of the lockd server is disabled.");
const noWho = refused("The dump and/or registry features of the lockd server are disabled.");
const noRegistry = refused("The registry feature of the lockd server is disabled.");

const withoutDump: readonly Step[] = [
  [
    ["a", "get", "x"],
    [null, 1, "Lock Get Success: x"],
  ],
  [["a", "dump"], [noDump]],
  [["a", "dump", "x"], [noDump]],
  [["a", "dumpShared"], [noDump]],
  [["a", "listClients"], [noWho]],
  [
    ["a", "setName", "worker"],
    [null, 1, "ok"],
  ],
  [
    ["a", "getName"],
    [null, "<a>", "worker"],
  ],
  [
    ["a", "inspect", "x"],
    [null, 1, "Lock Is Locked: x"],
  ],
];

const withoutRegistry: readonly Step[] = [
  [["a", "setName", "worker"], [noRegistry]],
  [
    ["a", "getName"],
    [null, "<a>", "<a>"],
  ],
  [["a", "listClients"], [noWho]],
  [
    ["a", "dump"],
    [null, {}],
  ],
];

const badNames: readonly Step[] = [
  [["a", "get", "n".repeat(1_025)], [refused("Name Too Long")]],
  [["a", "inspect", "n".repeat(1_025)], [refused("Name Too Long")]],
  [["a", "dump", "n".repeat(1_025)], [refused("Name Too Long")]],
  [["a", "get", "n".repeat(9_000)], [refused("Line Too Long")]],
  [["a", "get", "x\nr y"], [refused('A name cannot have a line break in it: "g x\\nr y"')]],
  [["a", "dump", "x\ny"], [refused('A name cannot have a line break in it: "d x\\ny"')]],
  [
    ["a", "inspect", "x"],
    [null, 0, "Lock Not Locked: x"],
  ],
];

/** Themes, the flags of the server that they need, and the calls. */
export const suites: readonly (readonly [string, readonly string[], readonly Step[]])[] = [
  ["exclusive locks", [], exclusive],
  ["shared locks", [], shared],
  ["names of clients", [], registry],
  ["a server without dump", ["-dump=false"], withoutDump],
  ["a server without registry", ["-registry=false"], withoutRegistry],
  ["names that cannot be", [], badNames],
];
