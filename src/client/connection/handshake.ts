/**
 * The first words with a server: is it a glockd, which, and does it let us in?
 *
 * A server that knows the first part of the protocol only does not answer `version`. So
 * when nothing comes for a while, `me` is asked, which every server answers: a reply
 * without a version before it tells. The two go apart, as the Go server drops what comes
 * behind the first line of a packet.
 */
import { noToken, unavailable } from "../asking/replies.ts";
import { DeniedError, type GlockdError, ProtocolError, UnavailableError } from "../errors.ts";

/** What a server said of itself; both empty for one that knows the first part only. */
export interface Welcome {
  readonly version: string | null;
  readonly features: readonly string[];
}

/** Features without which a server counts as one of the first part. */
const needed = ["tags", "waits"];

export class Handshake {
  /** To be sent at once. */
  readonly first: string;
  /** To be sent when nothing has come for a while. */
  readonly second = "me\n";
  private authDue: boolean;

  constructor(token: string | undefined) {
    this.authDue = token !== undefined;
    this.first = token === undefined ? "version\n" : `auth ${token}\nversion\n`;
  }

  /** Takes a line; returns what is known once it is known. @throws GlockdError */
  take(line: string): Welcome | undefined {
    if (line === "") return undefined;
    if (this.authDue && line === "1 ok") {
      this.authDue = false;
      return undefined;
    }
    const [, version, rest = ""] = /^1 glockd (\S+) ?(.*)$/.exec(line) ?? [];
    if (version !== undefined) {
      const features = rest.split(" ").filter((feature) => feature !== "");
      const knowsTags = needed.every((feature) => features.includes(feature));
      return knowsTags ? { version, features } : { version, features: [] };
    }
    if (/^1 \S*:\S* ?/.test(line)) return { version: null, features: [] };
    throw refusal(line);
  }
}

function refusal(line: string): GlockdError {
  if (line === "0 denied") {
    return new DeniedError("the server does not accept the token", "bad-token");
  }
  if (line === "0 auth required") return noToken();
  const [, limit] = /^0 Limit Reached: (.*)$/.exec(line) ?? [];
  if (limit !== undefined) {
    return new UnavailableError(`the server has reached its limit of ${limit}`);
  }
  const [, why] = /^0 Unavailable: (.*)$/.exec(line) ?? [];
  if (why !== undefined) return unavailable(why);
  return new ProtocolError(`that is no glockd: it says ${JSON.stringify(line.slice(0, 200))}`);
}
