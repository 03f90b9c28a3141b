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

/**
 * Opens the store in the directory at `path`, which is made if it is missing or empty.
 * @throws StoreError when it is held, damaged, newer or unusable; `holds()` may still
 *   throw one, as what it tells is verified while it is read.
 */
export async function openFileStore(path: string): Promise<Store> {
  const claim = claimDirectory(path, "create");
  let content: StoreContent | undefined;
  try {
    removeDraft(claim.files);
    if (claim.isEmpty) createDatabase(claim.files);
    content = prepared(claim);
    return new QueuedStore(onceRead(content), await startWriter(claim, content));
  } catch (error) {
    content?.close();
    claim.release();
    throw unusable(error, claim.files.directory);
  }
}

/** An older database is verified as what it is by its upgrade, then as what it has become. */
function prepared({ files }: Claim): StoreContent {
  upgradeDatabase(files, upgrades);
  return readContent(files);
}

/** The connection that reads is closed behind the last hold, as an open view keeps the log from being cut. */
function onceRead(content: StoreContent): Content {
  return {
    fenceMark: content.ledger.fenceMark,
    count: content.ledger.holds,
    *holds() {
      try {
        yield* content.holds();
      } finally {
        content.close();
      }
    },
  };
}

declare const GLOCKD_STORE_WORKER: string | undefined;

/** Beside this file, or inside of the compiled binary: never in the directory it is started in. */
function workerAddress(): URL {
  const compiled = typeof GLOCKD_STORE_WORKER === "string" ? GLOCKD_STORE_WORKER : undefined;
  return new URL(compiled ?? "./worker.ts", import.meta.url);
}

async function startWriter(claim: Claim, content: StoreContent): Promise<Writer> {
  const worker = new Worker(workerAddress());
  const answers: ((answer: string | null) => void)[] = [];
  const ask = (message: string | Uint8Array<ArrayBuffer> | null): Promise<string | null> =>
    new Promise((resolve) => {
      answers.push(resolve);
      worker.postMessage(message, []);
    });
  worker.onmessage = ({ data }: MessageEvent<string | null>) => answers.shift()?.(data);
  // Whatever it throws is a bug of ours: what the disk does, it answers.
  worker.onerror = ({ message }) =>
    queueMicrotask(() => {
      throw new Error(`the store's thread has failed: ${message}`);
    });
  await ask(claim.files.directory);
  return {
    write(batch, done) {
      answers.push(done);
      worker.postMessage(batch, [batch.buffer]);
    },
    async close() {
      content.close();
      await ask(null);
      worker.terminate();
      claim.release();
    },
  };
}
