/** Keys and requestors as a store has them: somewhere in bytes. */
import type { BearerText } from "../../../src/core/detached/bearer-texts.ts";

export function textOf(key: string, requestor: string): BearerText {
  const bytes = Buffer.from(`--${key}${requestor}--`, "latin1");
  const requestorAt = 2 + key.length;
  return { bytes, keyAt: 2, requestorAt, textEnd: requestorAt + requestor.length };
}
