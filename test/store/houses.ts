/** Places to open stores in: a directory, one whose disk fails now and then, and a map. */
import { readContent } from "../../src/store/file/content.ts";
import { createDatabase } from "../../src/store/file/create.ts";
import { StoreDatabase } from "../../src/store/file/database.ts";
import { type Claim, claimDirectory } from "../../src/store/file/directory.ts";
import { readBatch } from "../../src/store/batch.ts";
import { openFileStore } from "../../src/store/file-store.ts";
import { type Content, QueuedStore, type Writer } from "../../src/store/queue.ts";
import { sealRecord } from "../../src/store/record.ts";
import { readRecord } from "../../src/store/record-view.ts";
import type { StoredHold } from "../../src/store/store.ts";
import { scratch } from "../cli/glockd.ts";
import type { House } from "./contract.ts";
import { recordsOf } from "./records.ts";

/** Stores as a server opens them. */
export function directoryHouse(): House {
  const room = scratch();
  return {
    open: () => openFileStore(room.path("store")),
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

/** What goes wrong with the next write: before anything of it is done, or behind it, or nothing. */
export type Plan = () => "before" | "behind" | null;

/** The same files, written in this thread, with a disk that fails as planned. */
export function faultyHouse(plan: Plan): House {
  const room = scratch();
  return {
    async open() {
      const claim = claimDirectory(room.path("store"), "create");
      if (claim.isEmpty) createDatabase(claim.files);
      const content = readContent(claim.files);
      const holds = [...content.holds()];
      content.close();
      return new QueuedStore(
        {
          fenceMark: content.ledger.fenceMark,
          writtenWallMilliseconds: content.writtenWallMilliseconds,
          count: holds.length,
          records: () => recordsOf(holds),
        },
        faultyWriter(claim, plan),
      );
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

function faultyWriter(claim: Claim, plan: Plan): Writer {
  const database = new StoreDatabase(claim.files);
  return {
    write(batch, done) {
      const fault = plan();
      if (fault !== "before") database.apply(batch);
      setImmediate(() => done(fault === null ? null : `the disk failed ${fault} the write`));
    },
    async close() {
      database.close();
      claim.release();
    },
  };
}

/** Stores in memory: the suite's own reference. */
export function mapHouse(): House {
  const rows = new Map<number, StoredHold>();
  let mark = 0;
  const content = (): Content => ({
    fenceMark: mark,
    writtenWallMilliseconds: null,
    count: rows.size,
    records: () => recordsOf([...rows.values()].sort((one, other) => one.fence - other.fence)),
  });
  return {
    open: async () =>
      new QueuedStore(content(), {
        write(batch, done) {
          readBatch(batch, {
            put(fence, record) {
              mark = Math.max(mark, fence);
              sealRecord(record);
              rows.set(fence, readRecord(record)!);
            },
            remove: (fence) => void rows.delete(fence),
            reserve: (fenceMark) => void (mark = Math.max(mark, fenceMark)),
          });
          setImmediate(() => done(null));
        },
        close: async () => {},
      }),
    [Symbol.asyncDispose]: async () => {},
  };
}
