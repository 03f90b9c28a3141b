/** A server in the test's process whose store writes when the test says so. */
import { FakeClock } from "../../clock.ts";
import { TestStore } from "../../engine/stores.ts";
import { type ServerHere, startHere, type Wishes } from "../../server-in-process.ts";
import { eventually } from "../../wait-for.ts";

export interface Kept extends AsyncDisposable {
  readonly server: ServerHere;
  readonly store: TestStore;
  /** So many entries wait for the disk. */
  asked(count?: number): Promise<unknown>;
}

export async function startKept(wishes: Wishes = {}): Promise<Kept> {
  const store = new TestStore({ byItself: true });
  // A clock that stands still: what is undone is as it was, to the millisecond.
  const server = await startHere(wishes, { store, clock: new FakeClock() });
  store.byItself = false;
  return {
    server,
    store,
    asked: (count = 1) =>
      eventually(
        "the store is asked",
        () => store.waits,
        (waits) => waits >= count,
      ),
    [Symbol.asyncDispose]: async () => {
      store.byItself = true;
      store.commit();
      await server[Symbol.asyncDispose]();
    },
  };
}
