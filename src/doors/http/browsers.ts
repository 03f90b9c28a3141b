/**
 * Any page that a user visits can make their browser send requests to a server on their
 * machine. What a page of somebody else asks to change is refused, and so is whatever
 * reaches us by a name that somebody else's DNS has pointed here (DNS rebinding).
 * Clients that are no browsers send none of the headers that this looks at.
 */
import { hostname } from "node:os";
import { Problem } from "./problem.ts";

export interface BrowserRules {
  /** Origins besides our own: `https://example.org`. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Names besides `localhost` and the machine's own, in lower case. */
  readonly allowedHosts: ReadonlySet<string>;
}

/** `changes`: an upgrade counts as such, for it can change anything. @throws Problem */
export function checkBrowser(request: Request, rules: BrowserRules, changes: boolean): void {
  const { headers } = request;
  const origin = headers.get("origin");
  if (origin === null && headers.get("sec-fetch-site") === null) return;
  const host = headers.get("host") ?? "";
  if (!isKnownHost(host, rules)) {
    throw new Problem(
      403,
      "host_refused",
      `a browser asked for the host ${JSON.stringify(host)}; if that is this server, say -allow-host`,
    );
  }
  if (origin === null || !changes || isOwn(origin, host) || rules.allowedOrigins.has(origin))
    return;
  throw new Problem(
    403,
    "origin_refused",
    `pages of ${JSON.stringify(origin)} may not use this server; -allow-origin lets them`,
  );
}

/** For pages that `-allow-origin` names: without these their browsers hide the answer. */
export function allowingHeaders(request: Request, rules: BrowserRules): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !rules.allowedOrigins.has(origin)) return {};
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    Vary: "Origin",
  };
}

function isKnownHost(host: string, { allowedHosts }: BrowserRules): boolean {
  const name = hostName(host);
  return (
    isAddress(name) ||
    name === "localhost" ||
    name === hostname().toLowerCase() ||
    allowedHosts.has(name) ||
    allowedHosts.has(host.toLowerCase())
  );
}

/** As the URL parser sees it; `node:net` could tell as well, and takes 10 ms to load. */
function isAddress(name: string): boolean {
  if (/^[\da-f:.]*:[\da-f:.]*$/.test(name)) return URL.canParse(`http://[${name}]/`);
  return /^\d+(\.\d+){3}$/.test(name) && URL.parse(`http://${name}/`)?.hostname === name;
}

/** Without port, brackets and the root's dot. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, "").replace(/\.$/, "")).toLowerCase();
}

/** A proxy may have taken TLS off, so the scheme says nothing. */
function isOwn(origin: string, host: string): boolean {
  const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  return authority !== undefined && authority.toLowerCase() === host.toLowerCase();
}
