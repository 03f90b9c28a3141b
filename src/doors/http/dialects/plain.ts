/**
 * Plain locks: `GET`, `POST` and `DELETE /lock/NAME` without a body. A lock is locked or
 * not; who locked it does not matter, so it is held under nobody's key.
 */
import { type Keyed, nobodysKey } from "../../../core/request.ts";
import { expectLocker, expectReader } from "../credentials.ts";
import { soon, type Soon } from "../commit.ts";
import type { Exchange } from "../exchange.ts";
import { Problem } from "../problem.ts";
import { expectOpen, expectServing, type HttpService } from "../service.ts";
import { percentDecoded } from "../text.ts";
import { constant, expectNoLimit } from "./answers.ts";

const nameBytesMax = 128;
const usual = /^[$\-.0-9A-Z_a-z]{1,128}$/;
const plainKeyed: Keyed = { key: nobodysKey, requestor: nobodysKey, ttlMilliseconds: 0 };

const done = constant(200, {});
const notFound = constant(404, { error: "Not Found" });
const conflict = constant(409, { error: "Lock conflict" });

/** `encoded` is the name as it stands in the path. @throws Problem */
export function plainLock(
  service: HttpService,
  exchange: Exchange,
  encoded: string,
): Soon<Response> {
  if (encoded === "") return notFound();
  const { operations, authority } = service;
  const lock = { mode: "exclusive", name: plainName(encoded) } as const;
  if (exchange.method === "GET") {
    expectReader(authority, exchange);
    return operations.holders(lock) > 0 ? done() : notFound();
  }
  expectLocker(authority, exchange, lock.name);
  expectOpen(service);
  if (exchange.method === "POST") {
    expectServing(service);
    const granted = operations.grant(exchange, { ...lock, keyed: plainKeyed, limit: 0 });
    return soon(granted, (outcome) => {
      expectNoLimit(outcome);
      return outcome > 0 ? done() : conflict();
    });
  }
  return soon(operations.release(exchange, lock, plainKeyed), (released) => {
    if (released) return done();
    return operations.holders(lock) > 0 ? conflict() : notFound();
  });
}

function plainName(encoded: string): Uint8Array {
  if (usual.test(encoded)) return Buffer.from(encoded, "latin1");
  const bytes = percentDecoded(encoded);
  if (bytes.length > nameBytesMax) {
    throw badName(`Name is too long (${bytes.length} bytes > max of ${nameBytesMax})`);
  }
  const offset = bytes.findIndex((byte) => !usual.test(String.fromCharCode(byte)));
  if (offset === -1) return bytes;
  throw badName(`Name contains non-printable/non-ascii byte ${bytes[offset]} at offset ${offset}`);
}

function badName(why: string): Problem {
  return new Problem(400, "invalid_name", why);
}
