/** WebSocket frames, whole and byte by byte. */
import { describe, expect, test } from "bun:test";
import { clientFrame, FrameReader, opcodes } from "../../../../src/client/compat/links/frames.ts";

/** As a server sends it. */
function serverFrame(first: number, payload: string): Buffer {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  if (length < 126) return Buffer.concat([Buffer.of(first, length), bytes]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 65_536 ? 126 : 127;
  header.writeUIntBE(length, header.length === 4 ? 2 : 4, header.length === 4 ? 2 : 6);
  return Buffer.concat([header, bytes]);
}

function read(packets: readonly Uint8Array[]): string[] {
  const told: string[] = [];
  let message = "";
  const reader = new FrameReader({
    payload: (bytes) => void (message += Buffer.from(bytes).toString("latin1")),
    messageEnd: () => {
      told.push(message);
      message = "";
    },
    control: (opcode, payload) => told.push(`${opcode}:${Buffer.from(payload).toString()}`),
  });
  for (const packet of packets) reader.take(packet);
  return told;
}

describe("FrameReader", () => {
  const long = "l".repeat(70_000);
  const conversation = Buffer.concat([
    serverFrame(0x81, "1 pong\n"),
    serverFrame(0x82, "m".repeat(126)),
    serverFrame(0x81, ""),
    serverFrame(0x01, "be"),
    serverFrame(0x89, "in between"),
    serverFrame(0x80, "gun"),
    serverFrame(0x81, long),
    serverFrame(0x88, ""),
  ]);
  const told = ["1 pong\n", "m".repeat(126), "", "9:in between", "begun", long, "8:"];

  test("takes a packet with many frames apart", () => {
    expect(read([conversation])).toEqual(told);
  });

  test("takes frames that come byte by byte", () => {
    expect(read([...conversation].map((byte) => Uint8Array.of(byte)))).toEqual(told);
  });

  test("refuses what no server may send", () => {
    expect(() => read([clientFrame(opcodes.text, Buffer.from("x"))])).toThrow("masks");
    expect(() => read([serverFrame(0x89, "p".repeat(126))])).toThrow("too long");
  });
});

test.each([0, 1, 125, 126, 65_535, 65_536])("clientFrame masks %i bytes", (length) => {
  const payload = Buffer.from("0123456789".repeat(7_000).slice(0, length));
  const frame = Buffer.from(clientFrame(opcodes.text, payload));
  const start = frame.length - length;
  expect(frame[0]).toBe(0x81);
  expect(frame[1]! >= 0x80).toBe(true);
  const mask = frame.subarray(start - 4, start);
  const unmasked = frame.subarray(start).map((byte, index) => byte ^ mask[index % 4]!);
  expect(Buffer.from(unmasked).equals(payload)).toBe(true);
  const announced = frame[1]! & 0x7f;
  const told =
    announced < 126
      ? announced
      : frame.readUIntBE(announced === 126 ? 2 : 4, announced === 126 ? 2 : 6);
  expect(told).toBe(length);
});
