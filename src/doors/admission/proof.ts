/** One connection's attempts to prove who it is. */
import type { Authority, Credential } from "../../auth/authority.ts";
import { wrongTokensMax } from "../../limits.ts";

/** How an attempt ended; `over`: denied, and that was the last one. */
export type Verdict = "accepted" | "denied" | "over";

/** Counts the wrong ones, over the whole of the connection. */
export class Proof {
  private readonly authority: Authority;
  private readonly address: string;
  private wrong = 0;

  constructor(authority: Authority, address: string) {
    this.authority = authority;
    this.address = address;
  }

  /** Judges `NAME:SECRET`, given as a character a byte. */
  async judge(token: string): Promise<{ verdict: Verdict; credential: Credential | null }> {
    const text = Buffer.from(token, "latin1").toString("utf8");
    const colon = text.indexOf(":");
    // Without a colon it may be a secret alone: then it is not to be taken for a name.
    const name = text.slice(0, Math.max(0, colon));
    const credential = await this.authority.verify(name, text.slice(colon + 1), this.address);
    if (credential !== null) return { verdict: "accepted", credential };
    return { verdict: ++this.wrong < wrongTokensMax ? "denied" : "over", credential };
  }
}
