/**
 * The flags that say how to reach a server, for the tables of all commands that speak to
 * one: `[...reachFlags, …] as const satisfies readonly Flag[]`.
 */
import type { Flag } from "../../flag.ts";

const placeFlags = [
  {
    name: "host",
    kind: "string",
    default: "127.0.0.1:9999",
    value: "HOST[:PORT]",
    env: true,
    help: "Where the server listens on TCP; port 9999 unless given.",
  },
  {
    name: "unix",
    kind: "string",
    default: undefined,
    value: "PATH",
    env: true,
    help: "The server's unix socket, instead of TCP.",
  },
] as const satisfies readonly Flag[];

/** How to be let in, wherever the server is. */
export const accessFlags = [
  {
    name: "token-file",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "File whose first line is NAME:SECRET. GLOCKD_AUTH holds the same, without a file.",
  },
  {
    name: "tls",
    kind: "boolean",
    default: false,
    env: true,
    help: "Speak TLS over TCP; the flags below ask for it as well.",
  },
  {
    name: "tls-ca",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "CAs in PEM that may have signed the server's certificate, instead of the usual ones.",
  },
  {
    name: "tls-cert",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "Certificate in PEM to show to a server that asks for one.",
  },
  {
    name: "tls-key",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "Its private key.",
  },
  {
    name: "tls-name",
    kind: "string",
    default: undefined,
    value: "NAME",
    env: true,
    help: "The name that the server's certificate has to have, when it is not the host's.",
  },
] as const satisfies readonly Flag[];

export const reachFlags = [...placeFlags, ...accessFlags] as const satisfies readonly Flag[];

/** A note for the usage of these commands. */
export const reachNote =
  "The server: -unix or -host; else GLOCKD_UNIX, else GLOCKD_HOST. What is typed wins over variables. Secrets are never taken from the command line, which others see.";
