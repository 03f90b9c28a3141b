/** What people are told when one side speaks TLS and the other does not, or not as it should. */
import { describe, expect, test } from "bun:test";
import { withoutOpenssl, workshop } from "../../doors/admission/certificates.ts";
import { startProcess } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { misfit } from "../../../src/cli/reach/misfit.ts";
import type { Reach } from "../../../src/cli/reach/reach.ts";
import { ProtocolError, UnavailableError } from "../../../src/client/errors.ts";
import { glockd } from "../glockd.ts";

/** What `glockd status` complains of, without the place. */
async function complaint(port: number, ...flags: readonly string[]): Promise<string> {
  const { status, stderr } = await glockd(["status", `-host=127.0.0.1:${port}`, ...flags]);
  expect(status).toBe(2);
  return stderr.replace(`glockd status: 127.0.0.1:${port} `, "").trimEnd();
}

test(
  "A server without TLS is told from one that is not there",
  async () => {
    await using server = await startProcess();
    const { tcp, web } = server.doors;
    const speaksNone = "does not seem to speak TLS: -no-tls does without, or give another -host";
    expect(await complaint(tcp.port, "-tls")).toBe(speaksNone);
    expect(await complaint(web.port, "-tls")).toBe(speaksNone);
    expect(await complaint(web.port)).toBe(
      "is a web port: -host wants that of TCP, which is 9999 unless set otherwise",
    );
  },
  testMilliseconds,
);

test.skipIf(withoutOpenssl !== undefined)(
  "A server with TLS asks for it, and for what goes with it",
  async () => {
    await using shop = workshop();
    const [own, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
    await using open = await startProcess(`-tls-cert=${own.cert}`, `-tls-key=${own.key}`);
    await using closed = await startProcess(
      `-tls-cert=${own.cert}`,
      `-tls-key=${own.key}`,
      `-tls-ca=${ca.cert}`,
    );
    const { tcp, web } = open.doors;
    const wantsTls = "closed the connection without a word; does it want TLS? See -tls";
    expect(await complaint(tcp.port)).toBe(wantsTls);
    expect(await complaint(web.port)).toBe(wantsTls);
    expect(await complaint(tcp.port, "-tls")).toMatch(
      /^shows a certificate that is not trusted here: .*; see -tls-ca$/,
    );
    expect(await complaint(tcp.port, `-tls-ca=${own.cert}`, "-tls-name=elsewhere")).toMatch(
      /^shows a certificate of another name; see -tls-name \(/,
    );
    const trusting = [`-tls-ca=${own.cert}`, "-tls-name=localhost"];
    expect(await complaint(closed.doors.tcp.port, ...trusting)).toMatch(/[Ss]ee -tls-cert/);
  },
  testMilliseconds,
);

describe("misfit", () => {
  test.each([
    ["ECONNRESET", "closed the connection without a word; does it want a certificate?"],
    ["CERT_HAS_EXPIRED", "shows a certificate that is no good: why"],
    ["ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED", "wants a certificate that it trusts"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "wants a certificate that it trusts"],
  ])("knows %s", (code, words) => expect(misfit(broken(code), secure)).toContain(words));

  test("leaves alone what has nothing to do with TLS", () => {
    const ended = new UnavailableError("lock1:9999: the server ended the connection");
    expect(misfit(ended, reach({ unix: "/a" }))).toBe(undefined);
    expect(misfit(broken("ECONNREFUSED"), secure)).toBe(undefined);
    expect(misfit(new ProtocolError('it says "220 mail"'), secure)).toBe(undefined);
  });
});

const secure = reach({ tcp: "lock1:9999", tls: {} });

function reach(options: Reach["options"]): Reach {
  return { options, place: "lock1:9999", authSource: undefined };
}

function broken(code: string): UnavailableError {
  const cause = Object.assign(new Error("why"), { code });
  return new UnavailableError("lock1:9999: why", { cause });
}
