/**
 * The store in a directory: opened, verified, and written by a thread of its own.
 * Invariant: while it is open no other process has the directory; what cannot be read
 * whole is refused before anything in it is changed.
 */
import { claimDirectory, type Claim, removeDraft } from "./file/directory.ts";
import { readContent, type StoreContent } from "./file/content.ts";
import { createDatabase } from "./file/create.ts";
import { unusable } from "./file/failure.ts";
import { type Content, QueuedStore, type Writer } from "./queue.ts";
import { upgrades } from "./file/schema.ts";
import type { Store } from "./store.ts";
import { upgradeDatabase } from "./file/upgrade.ts";
import { Verdict } from "./verdict.ts";
import type { Opening } from "./worker.ts";

/**
 * Opens the store in the directory at `path`, which is made if it is missing or empty.
 * @throws StoreError when it is held, damaged, newer or unusable; `records()` may still
 *   throw one, as what it tells is verified while it is read.
 */
export async function openFileStore(path: string): Promise<Store> {
  const claim = claimDirectory(path, "create");
  let content: StoreContent | undefined;
  try {
    removeDraft(claim.files);
    if (claim.isEmpty) createDatabase(claim.files);
    content = prepared(claim);
    const verdict = new Verdict();
    const writer = startWriter(claim, content, verdict);
    return new QueuedStore(onceRead(content, verdict), writer);
  } catch (error) {
    content?.close();
    claim.release();
    throw unusable(error, claim.files.directory);
  }
}

/** An older database is verified as what it is by its upgrade, then as what it has become. */
function prepared({ files }: Claim): StoreContent {
  upgradeDatabase(files, upgrades);
  return readContent(files, { arePagesLeft: true });
}

/**
 * Behind the last hold it is known whether all is good. The connection that reads is closed
 * there, as an open view keeps the log from being cut.
 */
function onceRead(content: StoreContent, verdict: Verdict): Content {
  const { fenceMark, holds: count } = content.ledger;
  const { writtenWallMilliseconds } = content;
  return {
    fenceMark,
    writtenWallMilliseconds,
    count,
    records() {
      const records = content.records();
      return {
        next() {
          const record = records.next();
          if (record !== null) return record;
          content.close();
          verdict.take();
          return null;
        },
      };
    },
  };
}

declare const GLOCKD_STORE_WORKER: string | undefined;

/** Beside this file, or inside of the compiled binary: never in the directory it is started in. */
function workerAddress(): URL {
  const compiled = typeof GLOCKD_STORE_WORKER === "string" ? GLOCKD_STORE_WORKER : undefined;
  return new URL(compiled ?? "./worker.ts", import.meta.url);
}

function startWriter({ files, release }: Claim, content: StoreContent, verdict: Verdict): Writer {
  const worker = new Worker(workerAddress());
  const answers: ((answer: string | null) => void)[] = [];
  worker.onmessage = ({ data }: MessageEvent<string | null>) => answers.shift()?.(data);
  // Whatever it throws is a bug of ours: what the disk does, it answers.
  worker.onerror = ({ message }) =>
    queueMicrotask(() => {
      throw new Error(`the store's thread has failed: ${message}`);
    });
  const opening: Opening = { directory: files.directory, verdict: verdict.shared };
  worker.postMessage(opening, []);
  return {
    write(batch, done) {
      answers.push(done);
      worker.postMessage(batch, [batch.buffer]);
    },
    async close() {
      content.close();
      await new Promise<string | null>((resolve) => {
        answers.push(resolve);
        worker.postMessage(null, []);
      });
      worker.terminate();
      release();
    },
  };
}
