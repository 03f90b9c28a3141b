/**
 * The thread that writes: it takes a batch, and answers when it is on disk or why it is
 * not. Commits wait for the disk here, so that the event loop of the server never does.
 *
 * The first message names the directory, each further one is a batch, `null` ends it.
 */
import { StoreDatabase } from "./file/database.ts";
import { failureOf } from "./file/failure.ts";
import { filesOf } from "./file/files.ts";

declare const self: Worker;

let database: StoreDatabase | undefined;
let directory = "";

self.onmessage = ({ data }: MessageEvent<string | Uint8Array | null>) => {
  if (typeof data === "string") {
    directory = data;
    database = new StoreDatabase(filesOf(data));
    self.postMessage("ready", []);
    return;
  }
  try {
    if (data === null) database?.close();
    else database?.apply(data);
    self.postMessage(null, []);
  } catch (error) {
    self.postMessage(failureOf(error, directory), []);
  }
};
