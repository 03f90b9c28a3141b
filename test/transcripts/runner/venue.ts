/** A server for one scene, as the players see it. */
import type { Place } from "../../peers/byte-socket.ts";
import type { Door } from "./script.ts";

export interface Venue {
  place(door: Door): Place;
  /** Moves the server's clock. */
  advance(milliseconds: number): void;
  stop(): Promise<void>;
}
