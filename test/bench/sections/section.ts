/** What a section of the benchmark is. */
import type { Peer } from "../servers.ts";

export interface Bench {
  /** The server that all is about. */
  readonly glockd: Peer;
  /** Measured time of one load. */
  readonly seconds: number;
  /** How often each load is measured; what is shown says which of them. */
  readonly rounds: number;
  /** Connections that make the load. */
  readonly clients: number;
  /** Sizes are multiplied by this; 1 but for trying the benchmark itself. */
  readonly scale: number;
  readonly write: (text: string) => void;
}

export interface Section {
  /** What `-only` looks for. */
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
}
