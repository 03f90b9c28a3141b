/**
 * A listener that takes nobody in for a while, and keeps its port: the system drops what
 * would begin a connection, so that clients try again, a second later and then less often.
 */
import { attachConstant, detachNewcomers, programFor } from "./socket-program.ts";

/** Whether newcomers are held off from now on; `false` where that cannot be (all but Linux). */
export function holdNewcomers(descriptor: number, hold: boolean): boolean {
  return hold ? attachConstant(descriptor, programFor.newcomers, 0) : detachNewcomers(descriptor);
}
