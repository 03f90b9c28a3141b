/**
 * The rows of the table of holds, verified one by one, and behind the last whether they are
 * all that there were.
 *
 * Many rows come in one answer of SQLite's: an object and a buffer for each cost more than
 * all that is made of them.
 *
 * Invariant: what is told is as it was written, under its own fence, in the order of fences.
 */
import type { Database, Statement } from "bun:sqlite";
import { rowsAtOnce } from "../bounds.ts";
import type { StoreFiles } from "./files.ts";
import { RecordView } from "../record-view.ts";
import { type Ledger, totalWith } from "./schema.ts";
import { damaged } from "../store-error.ts";
import type { StoredRecords } from "../store.ts";
import { verified } from "./verified.ts";

/** Fences, and behind them the records one behind the other: joined as text, whose bytes stay. */
const someRows =
  "SELECT json_group_array(fence), CAST(group_concat(record, '') AS BLOB) FROM " +
  "(SELECT fence, record FROM hold WHERE fence > ? ORDER BY fence LIMIT ?)";

/** All rows, once. */
export class Rows implements StoredRecords {
  readonly #files: StoreFiles;
  readonly #ledger: Ledger;
  readonly #query: Statement;
  readonly #view = new RecordView();
  /** Those of the last answer. */
  #fences: readonly number[] = [];
  /** How many of them were told. */
  #told = 0;
  #last = Number.MIN_SAFE_INTEGER;
  #holds = 0;
  #total = 0;

  constructor(files: StoreFiles, database: Database, ledger: Ledger) {
    this.#files = files;
    this.#ledger = ledger;
    this.#query = database.query(someRows);
  }

  /** @throws StoreError, at the latest behind the last one, when it is not all that there was. */
  next(): RecordView | null {
    const view = this.#view;
    if (this.#told === this.#fences.length && !this.#load()) return this.#ended();
    const fence = this.#fences[this.#told]!;
    const start = this.#told === 0 ? 0 : view.end;
    if (!view.point(start) || view.fence !== fence) throw this.#damaged(fence);
    this.#told++;
    if (this.#told === this.#fences.length && view.end !== view.bytes.length)
      throw this.#damaged(fence);
    this.#last = fence;
    this.#holds++;
    this.#total = totalWith(this.#total, view.checksum);
    return view;
  }

  #load(): boolean {
    const [[fences, records] = []] = verified(this.#files, () =>
      this.#query.values(this.#last, rowsAtOnce),
    ) as [string, Uint8Array | null][];
    if (fences === undefined || !records) return false;
    this.#fences = JSON.parse(fences) as number[];
    this.#told = 0;
    this.#view.over(Buffer.from(records.buffer, records.byteOffset, records.length));
    return true;
  }

  #damaged(fence: number): Error {
    const { directory, database } = this.#files;
    return damaged(directory, `${database} has a damaged hold (fence ${fence})`);
  }

  #ended(): null {
    const { directory, database } = this.#files;
    if (this.#holds === this.#ledger.holds && this.#total === this.#ledger.total) return null;
    throw damaged(
      directory,
      `${database} has ${this.#holds} holds, not the ${this.#ledger.holds} that its ledger tells of`,
    );
  }
}
