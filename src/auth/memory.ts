/**
 * Secrets that were right, so that their costly hash is computed once: for each credential
 * the last one, and for each connection the one that it has shown. What is kept is a
 * keyed digest under a key that only this process has, never a secret.
 *
 * Invariant: a connection that shows another secret than the one it is remembered for is
 * forgotten: nobody can try secrets here.
 */
import { rememberedConnectionsMax } from "../limits.ts";
import { randomBytes } from "../random.ts";

interface Remembered {
  readonly digest: Buffer;
  readonly name: string;
  /** The stored hash that it was checked against. */
  readonly hash: string;
}

/** What one server remembers. */
export class Memory {
  private readonly key = randomBytes(32);
  /** By the stored hash, so that a changed secret is another one. */
  private readonly byHash = new Map<string, Buffer>();
  /** By the connection's address; the oldest first. */
  private readonly byConnection = new Map<string, Remembered>();

  /** What stands for a name with a secret. */
  digest(name: string, secret: string): Buffer {
    return new Bun.CryptoHasher("sha256", this.key).update(`${name}\0${secret}`).digest();
  }

  /** Whose secret that connection has shown, if it is this one; with the hash it was checked against. */
  ofConnection(address: string, digest: Buffer): Remembered | null {
    const remembered = this.byConnection.get(address);
    if (remembered === undefined) return null;
    if (crypto.timingSafeEqual(remembered.digest, digest)) return remembered;
    this.byConnection.delete(address);
    return null;
  }

  /** Whether it is the secret that was right for this stored hash before. */
  isProven(hash: string, digest: Buffer): boolean {
    const proven = this.byHash.get(hash);
    return proven !== undefined && crypto.timingSafeEqual(proven, digest);
  }

  remember(address: string, remembered: Remembered): void {
    this.byHash.set(remembered.hash, remembered.digest);
    this.byConnection.delete(address);
    this.byConnection.set(address, remembered);
    if (this.byConnection.size <= rememberedConnectionsMax) return;
    const [oldest] = this.byConnection.keys();
    this.byConnection.delete(oldest!);
  }

  /** Only these stored hashes are still of use. */
  keepOnly(hashes: ReadonlySet<string>): void {
    for (const hash of this.byHash.keys()) if (!hashes.has(hash)) this.byHash.delete(hash);
  }
}
