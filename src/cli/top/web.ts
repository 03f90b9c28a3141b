/**
 * Where the server tells its events: the web port, as `-web` says or where it usually is.
 * Invariant: a secret is sent only where somebody said that it is to go, and events are
 * read from no other server than the one whose locks are listed.
 */
import { UsageError } from "../../flags.ts";
import type { Reach } from "../reach/reach.ts";

/** What `fetch` needs. */
export interface Web {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Bun.TLSOptions;
  /** Nobody named it, so it may be another server's. */
  readonly isGuess: boolean;
}

const portDefault = 9998;

/** The web port, or why there is none. @throws UsageError when `web` is no address. */
export function webOf(web: string | undefined, reach: Reach): Web | { readonly why: string } {
  const { auth, tls } = reach.options;
  const isSecure = tls !== undefined && tls !== false;
  if (web === undefined && auth !== undefined)
    return { why: "no grants/s and no times: name the web port with -web, as it wants the secret" };
  const scheme = isSecure ? "https" : "http";
  const url = web === undefined ? guess(reach, scheme) : readUrl(web, scheme);
  const { servername, ...files } = typeof tls === "object" ? tls : {};
  return {
    url,
    headers: auth === undefined ? {} : { authorization: `Bearer ${auth}` },
    tls: {
      ...(files as Bun.TLSOptions),
      ...(servername !== undefined && { serverName: servername }),
    },
    isGuess: web === undefined,
  };
}

/** Whether the server there is the one that somebody called `name` is connected to. */
export async function knowsClient(web: Web, name: string, signal: AbortSignal): Promise<boolean> {
  let after = "";
  for (let page = 0; page < pagesMax; page++) {
    const query = after === "" ? "" : `&after=${after}`;
    const response = await fetch(`${web.url}/v1/clients?limit=1000${query}`, {
      headers: { ...web.headers },
      tls: web.tls,
      signal,
    });
    if (!response.ok) return false;
    const { clients, next } = (await response.json()) as ClientPage;
    if (clients.some((client) => client.name === name)) return true;
    if (next === null) return false;
    after = encodeURIComponent(next);
  }
  return false;
}

interface ClientPage {
  readonly clients: readonly { readonly name: string | null }[];
  readonly next: string | null;
}

/** Enough for as many connections as a server takes by default. */
const pagesMax = 100;

function guess({ options: { tcp } }: Reach, scheme: string): string {
  const host = tcp === undefined ? "127.0.0.1" : String(tcp).replace(/:\d+$/, "");
  return `${scheme}://${host}:${portDefault}`;
}

/** Without a scheme it is the one that the other door has: what is asked to be secret stays so. */
function readUrl(text: string, scheme: string): string {
  const written = text.includes("://") ? text : `${scheme}://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`-web: ${JSON.stringify(text)} is not http://HOST:PORT or https://…`);
  if (url.username !== "") throw new UsageError("-web: a secret has no place in an address");
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}
