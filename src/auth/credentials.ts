/**
 * Where credentials come from: a file, and AUTH_USER with AUTH_PASS in the environment,
 * which make one of role `lock`.
 */
import { fsPromises } from "../late.ts";
import { reasonOf } from "../system/reason.ts";
import { isCredentialName, nameRule, parseCredentials } from "./credential-file.ts";
import { UnusableFile } from "./unusable-file.ts";
import { hashSecret, type Known } from "./verifier.ts";

/** What the server was told of them. */
export interface CredentialSources {
  /** Path, if any. */
  readonly file: string | undefined;
  /** AUTH_USER and AUTH_PASS, if they are set. */
  readonly environment: { readonly name: string; readonly secret: string } | undefined;
}

/** Reads them, as often as they are asked for. */
export class Credentials {
  private readonly sources: CredentialSources;
  /** Made once: a hash costs as much as a login. */
  private fromEnvironment: Known | null = null;

  constructor(sources: CredentialSources) {
    this.sources = sources;
  }

  /** Whether there are any at all, now and later. */
  get configured(): boolean {
    return this.sources.file !== undefined || this.sources.environment !== undefined;
  }

  /** @throws UnusableFile */
  async load(): Promise<Known[]> {
    const { file, environment } = this.sources;
    const known = file === undefined ? [] : parseCredentials(await readText(file), file);
    if (environment === undefined) return known;
    const { name, secret } = environment;
    if (!isCredentialName(name)) throw new UnusableFile(`AUTH_USER is no name: ${nameRule}`);
    if (known.some(({ credential }) => credential.name === name)) {
      throw new UnusableFile(`${file} has a credential ${name}, and so has AUTH_USER; rename one`);
    }
    const credential = { name, role: "lock", prefixes: [] } as const;
    this.fromEnvironment ??= { credential, hash: await hashSecret(secret) };
    return [...known, this.fromEnvironment];
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await fsPromises().readFile(file, "utf8");
  } catch (error) {
    throw new UnusableFile(`cannot read the credentials in ${file}: ${reasonOf(error)}`);
  }
}
