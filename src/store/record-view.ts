/**
 * A look at records that lie one behind the other in bytes, one at a time, without making
 * anything of them: a start may look at a million.
 *
 * Invariant: what a view tells is of a record that is whole and unchanged, where `point` has
 * said so.
 */
import { recordTextBytesMax } from "./bounds.ts";
import { checksumBytes, headBytes } from "./record.ts";
import type { StoredHold, StoredRecord } from "./store.ts";

/** The CRC-32 of anything that ends with its own CRC-32. */
const residue = 0x2144df1c;

export class RecordView implements StoredRecord {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the record ends. */
  end = 0;
  keyAt = 0;
  requestorAt = 0;
  textEnd = 0;
  nameEnd = 0;
  private start = 0;
  private view: DataView = new DataView(this.bytes.buffer);

  /** Looks at these from now on. */
  over(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Goes to the record that begins at `start`; `false`: there is none, whole and unchanged. */
  point(start: number): boolean {
    const { bytes, view } = this;
    if (start + headBytes + checksumBytes > bytes.length) return false;
    this.start = start;
    this.keyAt = start + headBytes;
    this.requestorAt = this.keyAt + view.getUint16(start + 10, true);
    this.textEnd = this.requestorAt + view.getUint16(start + 12, true);
    this.nameEnd = this.textEnd + view.getUint16(start + 14, true);
    this.end = this.nameEnd + checksumBytes;
    if (this.end > bytes.length || view.getUint16(start + 8, true) > 1) return false;
    return Bun.hash.crc32(bytes.subarray(start, this.end)) === residue;
  }

  get fence(): number {
    return this.view.getFloat64(this.start, true);
  }

  get mode(): StoredHold["mode"] {
    return this.view.getUint16(this.start + 8, true) === 1 ? "shared" : "exclusive";
  }

  get count(): number {
    return this.view.getFloat64(this.start + 16, true);
  }

  get sinceWallMilliseconds(): number {
    return this.view.getFloat64(this.start + 24, true);
  }

  get expires(): number {
    return this.view.getFloat64(this.start + 32, true);
  }

  get checksum(): number {
    return this.view.getUint32(this.nameEnd, true);
  }

  hold(): StoredHold {
    const { bytes, keyAt, requestorAt, textEnd, nameEnd, expires } = this;
    return {
      fence: this.fence,
      mode: this.mode,
      key: bytes.toString("latin1", keyAt, requestorAt),
      requestor: bytes.toString("latin1", requestorAt, textEnd),
      name: new Uint8Array(bytes.subarray(textEnd, nameEnd)),
      count: this.count,
      sinceWallMilliseconds: this.sinceWallMilliseconds,
      expiresWallMilliseconds: expires === Infinity ? null : expires,
    };
  }
}

/** Views cost more than all else that is read of a record, so one serves all that come alone. */
const desk = Buffer.alloc(headBytes + 3 * recordTextBytesMax + checksumBytes);
const deskView = new RecordView();
deskView.over(desk);

/** The hold of a sealed record; `null` when the bytes are not one, whole and unchanged. */
export function readRecord(record: Uint8Array): StoredHold | null {
  if (record.length > desk.length) return null;
  desk.set(record);
  return deskView.point(0) && deskView.end === record.length ? deskView.hold() : null;
}
