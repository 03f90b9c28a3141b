/**
 * Who sends a request: `Authorization: Basic` with name and secret, or `Bearer NAME:SECRET`;
 * without either, whom the client's certificate stands for.
 */
import type { Authority, Credential } from "../../auth/authority.ts";
import { isAdministrator, mayLock, mayRead } from "../../auth/authority.ts";
import type { Exchange } from "./exchange.ts";
import { Problem } from "./problem.ts";

/** `null` when nobody is named, or the secret is wrong. */
export async function credentialOf(
  authority: Authority,
  exchange: Exchange,
): Promise<Credential | null> {
  const said = exchange.request.headers.get("authorization");
  if (said === null) {
    return exchange.commonName === null ? null : authority.ofCommonName(exchange.commonName);
  }
  const [, scheme = "", value = ""] = /^(\S+) +(\S.*?) *$/.exec(said) ?? [];
  const pair = /^basic$/i.test(scheme)
    ? Buffer.from(value, "base64").toString("utf8")
    : /^bearer$/i.test(scheme)
      ? value
      : "";
  const colon = pair.indexOf(":");
  if (colon === -1) return null;
  return authority.verify(pair.slice(0, colon), pair.slice(colon + 1), exchange.address);
}

/** Says no to whoever may not look. @throws Problem */
export function expectReader(authority: Authority, { credential }: Exchange): void {
  if (!authority.required) return;
  if (credential === null) throw unauthorized();
  if (mayRead(credential)) return;
  throw new Problem(403, "forbidden", `${credential.name} may not look`);
}

/** Whether whoever asked is still who they were, now that credentials have changed. */
export function isStillKnown(authority: Authority, { credential }: Exchange): boolean {
  return credential === null || authority.ofCommonName(credential.name) !== null;
}

/** `name` is the lock's. @throws Problem */
export function expectLocker(authority: Authority, exchange: Exchange, name: Uint8Array): void {
  if (!authority.required) return;
  const { credential } = exchange;
  exchange.lock = name;
  if (credential === null) throw unauthorized();
  const text = Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1");
  if (mayLock(credential, text)) return;
  throw new Problem(
    403,
    "forbidden",
    credential.role === "read"
      ? `${credential.name} may look, but not lock`
      : `${credential.name} may not lock names that begin like this one`,
  );
}

/** @throws Problem */
export function expectAdministrator(authority: Authority, { credential }: Exchange): void {
  if (!authority.required) {
    throw new Problem(
      403,
      "forbidden",
      "administration needs credentials; without any it works over the unix socket only",
    );
  }
  if (credential === null) throw unauthorized();
  if (isAdministrator(credential)) return;
  throw new Problem(403, "forbidden", `${credential.name} is no administrator`);
}

function unauthorized(): Problem {
  return new Problem(401, "unauthorized", "say who you are: name and secret, as Basic or Bearer", {
    headers: { "WWW-Authenticate": 'Basic realm="glockd", charset="UTF-8"' },
  });
}
