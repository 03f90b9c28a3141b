/**
 * The authority of a server that has credentials.
 *
 * Invariant: every answer to a wrong name or secret has cost one argon2id hash, whether
 * the name is known or not, and was counted against the address that it came from.
 */
import type { Clock } from "../clock.ts";
import { hashesAtOnceMax } from "../limits.ts";
import type { Logger } from "../log.ts";
import type { Authority, Credential } from "./authority.ts";
import type { TellDenial } from "./denial.ts";
import { Memory } from "./memory.ts";
import { SlowDown } from "./slow-down.ts";

/** A credential with what its secret is checked against. */
export interface Known {
  readonly credential: Credential;
  /** `$argon2id$…` */
  readonly hash: string;
}

/** The argon2id hash of a secret, as it stands in a file of credentials. */
export function hashSecret(secret: string): Promise<string> {
  return Bun.password.hash(secret, "argon2id");
}

/** Knows at least one credential. */
export class Verifier implements Authority {
  readonly required = true;
  private known: ReadonlyMap<string, Known> = new Map();
  /** Unknown names are checked against this one. */
  private decoy = "";
  private readonly logger: Logger;
  private readonly tellDenial: TellDenial;
  private readonly memory = new Memory();
  private readonly slowDown: SlowDown;
  private hashing = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    known: readonly Known[],
    options: { clock: Clock; logger: Logger; denied?: TellDenial | undefined },
  ) {
    this.logger = options.logger;
    this.tellDenial = options.denied ?? (() => {});
    this.slowDown = new SlowDown(options.clock);
    this.replace(known);
  }

  /** From now on there are these, and no others. */
  replace(known: readonly Known[]): void {
    this.known = new Map(known.map((one) => [one.credential.name, one]));
    this.decoy = known[0]!.hash;
    this.memory.keepOnly(new Set(known.map(({ hash }) => hash)));
  }

  ofCommonName(name: string): Credential | null {
    return this.known.get(name)?.credential ?? null;
  }

  async verify(name: string, secret: string, address: string): Promise<Credential | null> {
    const digest = this.memory.digest(name, secret);
    const remembered = this.memory.ofConnection(address, digest);
    if (remembered !== null) {
      const known = this.known.get(name);
      if (known?.hash === remembered.hash) return known.credential;
    }
    const attempt = await this.slowDown.begin(address);
    if (attempt === null) return this.refuse(name, address, "too many attempts wait");
    const hash = this.known.get(name)?.hash;
    const right = await this.isRight(secret, digest, hash);
    // The credentials may have been replaced while the hash was computed.
    const known = right ? this.known.get(name) : undefined;
    const accepted = known !== undefined && known.hash === hash;
    attempt.end(accepted);
    if (!accepted) return this.refuse(name, address, "wrong name or secret");
    this.memory.remember(address, { digest, name, hash: known.hash });
    return known.credential;
  }

  private refuse(name: string, address: string, reason: string): null {
    // What is no name here may be a secret that was put in its place.
    const credential = this.known.has(name) ? name : undefined;
    this.logger.warn("authentication failed", { client: address, credential, reason });
    this.tellDenial({ client: address, credential: credential ?? null, command: "auth", reason });
    return null;
  }

  private async isRight(
    secret: string,
    digest: Buffer,
    hash: string | undefined,
  ): Promise<boolean> {
    if (hash !== undefined && this.memory.isProven(hash, digest)) return true;
    await this.mayHash();
    try {
      const right = await Bun.password.verify(secret, hash ?? this.decoy);
      return right && hash !== undefined;
    } catch (error) {
      const { message } = error as Error;
      this.logger.error("a stored secret cannot be used; make it anew with glockd hash", {
        reason: message,
      });
      return false;
    } finally {
      this.hashing--;
      this.waiting.shift()?.();
    }
  }

  /** Each hash takes 64 MiB and a core: few at a time, the others in line. */
  private async mayHash(): Promise<void> {
    this.hashing++;
    if (this.hashing <= hashesAtOnceMax) return;
    await new Promise<void>((go) => this.waiting.push(go));
  }
}
