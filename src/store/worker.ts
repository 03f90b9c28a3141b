/**
 * The thread that writes: it takes a batch, and answers when it is on disk or why it is
 * not. Commits wait for the disk here, so that the event loop of the server never does.
 * Before the first it looks whether the pages of the database fit together, while the
 * server's own thread reads what is in them.
 *
 * The first message names the directory, each further one is a batch, `null` ends it.
 */
import { expectWholePages } from "./file/content.ts";
import { StoreDatabase } from "./file/database.ts";
import { failureOf, unusable } from "./file/failure.ts";
import { filesOf } from "./file/files.ts";
import { Verdict } from "./verdict.ts";

/** Where the store is, and who waits for what is found of it. */
export interface Opening {
  readonly directory: string;
  readonly verdict: SharedArrayBuffer;
}

declare const self: Worker;

let database: StoreDatabase | undefined;
let directory = "";

self.onmessage = ({ data }: MessageEvent<Opening | Uint8Array | null>) => {
  if (data !== null && "verdict" in data) return open(data);
  try {
    if (data === null) database?.close();
    else database?.apply(data);
    self.postMessage(null, []);
  } catch (error) {
    self.postMessage(failureOf(error, directory), []);
  }
};

function open(opening: Opening): void {
  ({ directory } = opening);
  const verdict = new Verdict(opening.verdict);
  verdict.begin();
  try {
    const files = filesOf(directory);
    database = new StoreDatabase(files);
    expectWholePages(files);
    verdict.give(null);
  } catch (error) {
    verdict.give(unusable(error, directory));
  }
}
