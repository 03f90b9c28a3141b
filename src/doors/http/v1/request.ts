/** A request for one lock by its name in the path, and what its body says. */
import type { InferOutput } from "valibot";
import { readObject } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { membersOf } from "../members.ts";
import type { HttpService } from "../service.ts";
import type { RequestSchemas } from "./schemas.ts";

/** What a body says, once it is checked. */
export type Said<Shape extends keyof RequestSchemas> = InferOutput<RequestSchemas[Shape]>;

export class LockRequest {
  readonly exchange: Exchange;
  /** The lock's name, checked. */
  readonly name: Uint8Array;
  private readonly service: HttpService;

  constructor(service: HttpService, exchange: Exchange, name: Uint8Array) {
    this.service = service;
    this.exchange = exchange;
    this.name = name;
  }

  /** Reads the body; none is like an empty object. @throws Problem */
  async said<Shape extends keyof RequestSchemas>(shape: Shape): Promise<Said<Shape>> {
    const { operations, schemas } = this.service;
    const body = await readObject(this.exchange.request, operations.lobby.clock);
    return membersOf(schemas[shape], body ?? {}) as Said<Shape>;
  }
}
