/** Certificates that can be used, and what is said about those that cannot. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { loadCertificates } from "../../src/auth/certificates.ts";
import { withoutOpenssl, workshop } from "../doors/admission/certificates.ts";

describe.skipIf(withoutOpenssl !== undefined)("loadCertificates", () => {
  test("reads a pair, and whom client certificates have to be from", async () => {
    await using shop = workshop();
    const [server, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
    const { expiresWallMilliseconds, ...texts } = await loadCertificates({
      ...server,
      ca: ca.cert,
    });
    expect(texts).toEqual({ ...server.texts, ca: ca.texts.cert });
    const days = (expiresWallMilliseconds - Date.now()) / 86_400_000;
    expect([days > 28, days < 31]).toEqual([true, true]);
    expect((await loadCertificates(server)).ca).toBe(null);
  });

  test("refuses files that are missing, empty, damaged, or not each other's", async () => {
    await using shop = workshop();
    const [server, other] = [shop.selfSigned("server"), shop.selfSigned("other")];
    const { cert, key } = server;
    const file = (name: string, text: string): string => {
      writeFileSync(shop.path(name), text);
      return shop.path(name);
    };
    const [missing, empty] = [shop.path("missing"), file("empty", "")];
    const damaged = file("damaged", server.texts.cert.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAA"));
    const cases: readonly (readonly [Parameters<typeof loadCertificates>[0], string])[] = [
      [{ cert: missing, key }, `cannot read the certificate in ${missing}: no such file`],
      [{ cert, key: missing }, `cannot read the private key in ${missing}: no such file`],
      [{ cert, key, ca: missing }, `cannot read the client certificates' CA in ${missing}`],
      [{ cert: empty, key }, `${empty} has no certificate in PEM in it`],
      [{ cert, key: empty }, `${empty} has no private key in PEM in it`],
      [{ cert, key, ca: empty }, `${empty} has no certificate in PEM in it`],
      [{ cert: key, key: cert }, `${key} has no certificate in PEM in it`],
      [{ cert: damaged, key }, `certificate 1 in ${damaged} is damaged`],
      [{ cert, key, ca: damaged }, `certificate 1 in ${damaged} is damaged`],
      [{ cert, key: other.key }, `${other.key} is not the key of the certificate in ${cert}`],
    ];
    for (const [files, what] of cases) await expect(loadCertificates(files)).rejects.toThrow(what);
  });
});
