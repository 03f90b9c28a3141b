/**
 * One question to a server, and what its answer means. The web port is asked by HTTP, the
 * others by `ping`, which needs no credential; nothing secret is sent, so a certificate
 * need not be checked.
 * Invariant: an answer is waited for no longer than it may take.
 */
import { reasonOf } from "../../system/reason.ts";

/** Where a server is asked; `shown` is for people. */
export type Place = { readonly shown: string } & (
  | {
      readonly door: "web" | "tcp";
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
    }
  | { readonly door: "unix"; readonly unix: string }
);

/** `unknown`: something answers, and it is not what a glockd would say. */
export interface Health {
  readonly verdict: "yes" | "no" | "unknown";
  /** Why it is no yes. */
  readonly reason: string;
}

/** Never rejects: who cannot be reached is not healthy. */
export async function askHealth(
  place: Place,
  { ready, milliseconds }: { ready: boolean; milliseconds: number },
): Promise<Health> {
  const path = ready ? "/readyz" : "/healthz";
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  try {
    if (place.door === "web") return webHealth(await firstLine(place, request, milliseconds));
    return lineHealth(await firstLine(place, "ping\n", milliseconds), ready);
  } catch (error) {
    const reason = reasonOf(error);
    // A server that refuses a connection says why and hangs up. Bun hands nothing over of a
    // unix socket whose other end is closed already; that somebody did so shows life.
    const isRefusal =
      place.door === "unix" && (error as NodeJS.ErrnoException).code === "ECONNRESET";
    return { verdict: isRefusal && !ready ? "yes" : "no", reason };
  }
}

function webHealth(line: string): Health {
  const [, status = ""] = /^HTTP\/1\.[01] (\d{3})/.exec(line) ?? [];
  if (status === "200") return { verdict: "yes", reason: "" };
  if (status === "503") return { verdict: "no", reason: "it does not serve at present (503)" };
  return { verdict: "unknown", reason: `what answers is no glockd: ${JSON.stringify(line)}` };
}

/** A server that refuses a connection with words lives; it is not ready. */
function lineHealth(line: string, ready: boolean): Health {
  if (line === "1 pong") return { verdict: "yes", reason: "" };
  if (!/^0 (Unavailable|Limit Reached): /.test(line))
    return { verdict: "unknown", reason: `what answers is no glockd: ${JSON.stringify(line)}` };
  return { verdict: ready ? "no" : "yes", reason: line.slice(2) };
}

/** The likeliest reason of silence: plain servers wait for a line, secure ones hang up. */
function ifUnfit(place: Place, isSilent: boolean): string {
  if (place.door === "unix" || (isSilent && !place.tls)) return "";
  return place.tls ? "; does it speak TLS there?" : "; does it want TLS? See -tls";
}

const lineBytesMax = 1024;

/** The first line that the server says, without its end. */
function firstLine(place: Place, question: string, milliseconds: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${milliseconds / 1000} s${ifUnfit(place, true)}`)),
    milliseconds,
  );
  let heard = "";
  const handlers: Bun.SocketHandler = {
    open: (socket) => void socket.write(question),
    data(_, bytes) {
      heard += bytes.toString("latin1");
      const end = heard.indexOf("\n");
      if (end !== -1 || heard.length > lineBytesMax)
        resolve(heard.slice(0, end === -1 ? lineBytesMax : end).replace(/\r$/, ""));
    },
    close: () =>
      reject(new Error(`it ended the connection without an answer${ifUnfit(place, false)}`)),
    connectError: (_, error) => reject(error),
    error: (_, error) => reject(error),
  };
  const target =
    place.door === "unix"
      ? { unix: place.unix }
      : {
          hostname: place.host,
          port: place.port,
          ...(place.tls ? { tls: { rejectUnauthorized: false } } : {}),
        };
  void Bun.connect({ ...target, socket: handlers } as Bun.UnixSocketOptions<undefined>).catch(
    reject,
  );
  return promise.finally(() => clearTimeout(timer));
}
