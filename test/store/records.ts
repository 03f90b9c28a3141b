/** Holds as a store tells of them, without one. */
import { recordOf, sealRecord } from "../../src/store/record.ts";
import { RecordView } from "../../src/store/record-view.ts";
import type { StoredHold, StoredRecords } from "../../src/store/store.ts";

export function recordsOf(holds: Iterable<StoredHold>): StoredRecords {
  const rest = [...holds];
  const view = new RecordView();
  return {
    next() {
      const hold = rest.shift();
      if (hold === undefined) return null;
      const record = Buffer.from(recordOf(hold));
      sealRecord(record);
      view.over(record);
      if (!view.point(0)) throw new Error(`no record of ${hold.fence}`);
      return view;
    },
  };
}
