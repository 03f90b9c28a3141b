/** Which listeners are warned about. */
import { expect, test } from "bun:test";
import { warnOfOpenness } from "../../src/listeners/openness.ts";
import { type Fields, silent } from "../../src/log.ts";

test.each([
  ["tcp", "[::]:9999", true],
  ["web", "0.0.0.0:9998", true],
  ["tcp", "192.168.0.7:9999", true],
  ["tcp", "lock.example:9999", true],
  ["tcp", "127.0.0.1.example:9999", true],
  ["web", "[fe80::1]:9999", true],
  ["tcp", "127.0.0.1:9999", false],
  ["tcp", "127.8.9.10:9999", false],
  ["web", "[::1]:9998", false],
  ["tcp", "localhost:9999", false],
  ["unix", "/run/glockd/socket", false],
] as const)("A %s listener on %s is warned about by name: %p", (kind, address, warned) => {
  const said: (readonly [string, Fields | undefined])[] = [];
  const warn = (event: string, fields?: Fields): void => void said.push([event, fields]);
  warnOfOpenness([{ kind, address }], { ...silent, warn });
  const warning = ["open to other machines without credentials", { kind, address }] as const;
  expect(said).toEqual(warned ? [warning] : []);
});
