/** Columns for people, and for the awk that they pipe them into. */
import { expect, test } from "bun:test";
import type { HolderInfo, LockInfo } from "../../../src/client/index.ts";
import { lockTable } from "../../../src/cli/status/lock-table.ts";

const since = "2026-01-02T03:04:05.678Z";

function lock(...holders: readonly HolderInfo[]): LockInfo {
  return { name: "deploy", mode: "exclusive", key: null, waiters: 2, holders };
}

function holder(rest: Partial<HolderInfo>): HolderInfo {
  return { client: null, name: null, count: 1, fence: 7, since, expires: null, ...rest };
}

test.each([
  ["a holder that stays", lock(holder({ name: "web1" })), "web1 2026-01-02T03:04:05Z - 2 7"],
  [
    "a holder without a name",
    lock(holder({ client: "unix:1" })),
    "unix:1 2026-01-02T03:04:05Z - 2 7",
  ],
  [
    "a hold that is nobody's",
    lock(holder({ expires: since })),
    "- 2026-01-02T03:04:05Z 2026-01-02T03:04:05Z 2 7",
  ],
  ["a lock between two holders", lock(), "- - - 2 -"],
])("lockTable leaves no cell empty: %s", (_, held, cells) => {
  const [head = "", row = ""] = lockTable([held]).split("\n");
  expect(row.split(/ +/)).toEqual(["deploy", "exclusive", ...cells.split(" ")]);
  expect(row.split(/ +/)).toHaveLength(head.split(/ +/).length);
});
