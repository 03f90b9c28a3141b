/**
 * The web port of a lock server, asked over HTTP: one request, one answer, and three ways
 * of getting none.
 * Invariant: no message holds a credential; an address is shown without its own.
 */
import type { Source } from "./payload.ts";

/** What the server answered, whatever its status. */
export interface Answer {
  readonly status: number;
  /** Of type `application/problem+json`: only servers that have `/v1` say this. */
  readonly isProblem: boolean;
  readonly text: string;
}

/** There is no answer, or none that can be followed. */
export class LockerError extends Error {
  override readonly name = "LockerError";
  /** Whether asking again may help: the connection ended before the answer was there. */
  readonly lost: boolean;

  constructor(message: string, lost = false) {
    super(message);
    this.lost = lost;
  }
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class Locker {
  private readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  /** @throws LockerError when there is no answer. */
  async ask({ method, path, body, headers, signal }: Asked): Promise<Answer> {
    const { uri, authorization, tls } = this.source;
    try {
      const response = await fetch(`${uri}${path}`, {
        method,
        body: body === undefined ? null : JSON.stringify(body),
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
        tls,
        signal: signal ?? null,
        // A redirect would make a GET of what is to change something.
        redirect: "manual",
        // A connection that was idle may be closed by the time when it is used again.
        keepalive: false,
      });
      const type = response.headers.get("content-type") ?? "";
      const isProblem = type.startsWith("application/problem+json");
      return { status: response.status, isProblem, text: await response.text() };
    } catch (error) {
      throw this.unanswered(error as NodeJS.ErrnoException);
    }
  }

  /** For an answer that cannot be followed. */
  refused(what: string, { status, text }: Answer): LockerError {
    const { uri, authorization } = this.source;
    // A proxy's, or a server's that is about to stop: it may be otherwise in a moment.
    const lost = status === 502 || status === 503 || status === 504;
    if (status === 401) {
      const why =
        authorization === undefined
          ? "it wants to know who asks: set source.username and source.password"
          : "it does not know this source.username with this source.password";
      return new LockerError(`${uri} refused to ${what}: ${why}`);
    }
    if (status >= 300 && status < 400)
      return new LockerError(`${uri} redirects; set source.locker_uri to where it leads`);
    return new LockerError(`${uri} refused to ${what}: ${status} ${reasonIn(text)}`.trim(), lost);
  }

  private unanswered(error: NodeJS.ErrnoException): LockerError {
    const { uri } = this.source;
    const code = error.code ?? error.name;
    if (code === "ECONNRESET")
      return new LockerError(`${uri} closed the connection before it had answered`, true);
    const why = reasons[code] ?? certificateReason(code);
    return new LockerError(`cannot reach ${uri}: ${why}`, code === "ECONNREFUSED");
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there (ECONNREFUSED)",
  ENOTFOUND: "there is no such host (ENOTFOUND)",
  EPROTO: "it does not speak TLS; is it http:// that is meant?",
  FailedToOpenSocket: "no connection can be made; is source.ca_cert a PEM certificate?",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name (source.locker_uri)",
};

function certificateReason(code: string): string {
  return /CERT|SIGNATURE|ISSUER/.test(code)
    ? `its certificate is not trusted (${code}); set source.ca_cert`
    : code;
}

/** The reason that the server gives, else the beginning of what it says. */
function reasonIn(text: string): string {
  try {
    const { error, detail } = JSON.parse(text) as { error?: unknown; detail?: unknown };
    if (typeof (detail ?? error) === "string") return String(detail ?? error);
  } catch {
    // It is no JSON, so it speaks for itself.
  }
  return text.slice(0, reasonCharactersMax).replaceAll(/\s+/g, " ").trim();
}

const reasonCharactersMax = 200;
