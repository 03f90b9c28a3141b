/**
 * Two sides that do not fit: one speaks TLS and the other does not, or not as it should, or
 * it is another port. What the system says of that helps nobody.
 * Invariant: only what happened before the server said a word of its own is judged here.
 */
import type { GlockdError } from "../../client/index.ts";
import type { Reach } from "./reach.ts";

/** What probably is wrong, and what to do; undefined where it is something else. */
export function misfit(error: GlockdError, { place, options }: Reach): string | undefined {
  if (options.tcp === undefined) return undefined;
  if (error.code === "protocol" && error.message.includes('"HTTP/'))
    return `${place} is a web port: -host wants that of TCP, which is 9999 unless set otherwise`;
  if (error.code !== "unavailable") return undefined;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const isEnd = cause === undefined && error.message.endsWith("the server ended the connection");
  const code = isEnd ? "ECONNRESET" : cause?.code;
  if (code === undefined) return undefined;
  const [, complaint] =
    (options.tls === undefined ? plain : secure).find(([codes]) => codes.test(code)) ?? [];
  return complaint?.(place, cause?.message ?? "");
}

type Complaints = readonly (readonly [
  codes: RegExp,
  complaint: (place: string, why: string) => string,
])[];

const hungUp = /^(ECONNRESET|EPIPE)$/;

/** Of a connection without TLS. */
const plain: Complaints = [
  [hungUp, (place) => `${place} closed the connection without a word; does it want TLS? See -tls`],
];

/** Of one with TLS; the names are those of OpenSSL. */
const secure: Complaints = [
  [
    /^ERR_(TLS_HANDSHAKE_TIMEOUT|SSL_WRONG_VERSION_NUMBER)$/,
    (place) => `${place} does not seem to speak TLS: -no-tls does without, or give another -host`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    (place, why) =>
      `${place} shows a certificate of another name; see -tls-name (${why.replace(/\W+$/, "")})`,
  ],
  [/^CERT_/, (place, why) => `${place} shows a certificate that is no good: ${why}`],
  [
    /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)_/,
    (place, why) => `${place} shows a certificate that is not trusted here: ${why}; see -tls-ca`,
  ],
  [
    /^ERR_SSL_\w*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/,
    (place) => `${place} wants a certificate that it trusts: see -tls-cert and -tls-key`,
  ],
  [
    hungUp,
    (place) =>
      `${place} closed the connection without a word; does it want a certificate? See -tls-cert`,
  ],
];
