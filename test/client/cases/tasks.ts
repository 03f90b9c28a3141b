/** Several tasks of one process, which the server sees as one connection. */
import assert from "node:assert/strict";
import { CancelledError, type Handle, TimedOutError } from "../../../src/client/index.ts";
import { turn, within } from "../../wait-for.ts";
import { type Cases, failure, waiters } from "../room.ts";

/** How many hold something at the same time. */
class Crowd {
  now = 0;
  most = 0;

  enter(): void {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
  }

  leave(): void {
    this.now -= 1;
  }
}

/** Gets, stays for some turns of the event loop, gives back. */
async function visit(crowd: Crowd, get: () => Promise<Handle>): Promise<void> {
  const handle = await get();
  crowd.enter();
  await someTurns();
  crowd.leave();
  await handle.release();
}

async function someTurns(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

export const tasks: Cases = {
  "They exclude each other, first come first served": async (room) => {
    const client = room.client(await room.server());
    const order: number[] = [];
    const crowd = new Crowd();
    const visits = times(20, (index) =>
      visit(crowd, async () => {
        const lock = await client.acquire("a");
        order.push(index);
        return lock;
      }),
    );
    await Promise.all(visits);
    assert.equal(crowd.most, 1);
    assert.deepEqual(
      order,
      times(20, (index) => index),
    );
    assert.equal(await client.inspect("a"), false);
  },

  "Each has a fence of its own": async (room) => {
    const client = room.client(await room.server());
    const fences = await Promise.all(times(5, () => client.withLock("a", ({ fence }) => fence)));
    assert.equal(new Set(fences).size, 5);
    assert.deepEqual(
      fences,
      [...fences].sort((a, b) => a - b),
    );
  },

  "They let others in between": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const first = await here.acquire("a");
    const other = there.acquire("a");
    await waiters(here, "a", 1);
    const second = here.acquire("a");
    const third = here.acquire("a");
    await first.release();
    const lock = await within("the other process's turn", other);
    await waiters(there, "a", 1);
    await lock.release();
    await (await second).release();
    await (await third).release();
  },

  "One that stands behind another gives up in time, and keeps nobody waiting": async (room) => {
    const client = room.client(await room.server());
    const lock = await client.acquire("a");
    const impatient = failure(client.acquire("a", { wait: 0.02 }));
    const patient = client.acquire("a");
    assert.ok((await impatient) instanceof TimedOutError);
    await lock.release();
    assert.equal((await patient).held, true);
  },

  "A hundred clients' tasks hold a lock one at a time": async (room) => {
    const server = await room.server();
    const crowd = new Crowd();
    const clients = times(10, () => room.client(server));
    await Promise.all(
      times(100, (index) => visit(crowd, () => clients[index % 10]!.acquire("a", { wait: 60 }))),
    );
    assert.equal(crowd.most, 1);
  },

  "Sharing tasks hold a shared lock together, until the last has gone": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const [first, second] = await Promise.all([here.shared("a"), here.shared("a")]);
    const other = await there.shared("a");
    assert.equal(other.sharers, 2);
    await first.release();
    assert.equal(first.held, false);
    assert.equal(second.held, true);
    assert.equal(await there.inspectShared("a"), 2);
    await second.release();
    assert.equal(await there.inspectShared("a"), 1);
    await first.release();
    assert.equal((await here.shared("a")).sharers, 2);
  },

  "A semaphore lets in as many tasks as its limit, no more and no fewer": async (room) => {
    const server = await room.server();
    const crowd = new Crowd();
    const semaphores = times(2, () => room.client(server).semaphore("api", 3));
    const visits = times(30, (index) => visit(crowd, () => semaphores[index % 2]!.acquire()));
    await Promise.all(visits);
    assert.equal(crowd.most, 3);
    const observer = room.client(server);
    assert.equal(await observer.inspectShared("api"), 0);
    // As many connections as permits, not as many as tasks.
    assert.ok(((await observer.stats())["connections"] ?? 0) <= 2 * 3 + 1);
  },

  "Each permit of one process counts": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const semaphore = here.semaphore("api", 2);
    const [first, second] = [await semaphore.acquire(), await semaphore.tryAcquire()];
    assert.equal(second?.held, true);
    assert.equal(await there.inspectShared("api"), 2);
    assert.equal(await semaphore.tryAcquire(), null);
    assert.equal(await there.semaphore("api", 2).tryAcquire(), null);
    const waiting = there.semaphore("api", 2).acquire();
    await first.release();
    assert.equal((await waiting).held, true);
    const doubled = await here.semaphore("other", 1).withPermit(({ sharers }) => sharers * 2);
    assert.equal(doubled, 2);
  },

  "Readers read together, and a writer alone": async (room) => {
    const client = room.client(await room.server());
    const readers = await Promise.all(times(3, () => client.readLock("table")));
    const writing = client.writeLock("table");
    const late = client.readLock("table");
    await readers[0]?.release();
    await readers[1]?.release();
    assert.equal(await client.tryAcquire("table"), null);
    await readers[2]?.release();
    const writer = await writing;
    assert.ok(writer.fence > readers[0]!.fence);
    assert.equal(await client.inspect("table"), true);
    await writer.release();
    assert.equal((await late).held, true);
  },

  "A writer that gives up lets the readers behind it in": async (room) => {
    const client = room.client(await room.server());
    const first = await client.readLock("table");
    const abort = new AbortController();
    const writing = failure(client.writeLock("table", { signal: abort.signal }));
    const second = client.readLock("table");
    abort.abort();
    assert.ok((await writing) instanceof CancelledError);
    assert.equal((await within("the second reader's turn", second)).held, true);
    assert.equal(first.held, true);
  },

  "Readers of several processes read together": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const first = await here.readLock("table");
    const second = await there.readLock("table", { wait: 0 });
    assert.equal(await room.client(server).tryAcquire("table"), null);
    await first.release();
    assert.equal(second.held, true);
    assert.equal(await here.tryAcquire("table"), null);
  },

  "Readers with different keys exclude each other, tasks of one process as well": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const red = await here.readLock("table", { key: "red" });
    for (const client of [here, there]) {
      assert.equal(
        (await failure(client.readLock("table", { key: "blue", wait: 0 }))).code,
        "refused",
      );
      assert.equal((await failure(client.readLock("table", { wait: 0 }))).code, "refused");
    }
    const second = await there.readLock("table", { key: "red", wait: 0 });
    const blue = here.readLock("table", { key: "blue" });
    await red.release();
    await second.release();
    assert.equal((await within("the turn of the other key", blue)).held, true);
    assert.equal((await failure(here.readLock("table", { key: "a b" }))).code, "bad-name");
  },

  "Readers that keep coming do not starve a writer of another process": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    let newest = await here.readLock("table");
    const writer = there.writeLock("table");
    const progress = { isWriting: false };
    const write = async (): Promise<void> => {
      const lock = await writer;
      progress.isWriting = true;
      await lock.release();
    };
    const writing = write();
    await waiters(here, "table", 1);
    while (!progress.isWriting) {
      // The next comes before the last goes, so that somebody reads all the time.
      const next = here.readLock("table");
      await Promise.race([next, someTurns()]);
      await newest.release();
      newest = await within("a reader's turn", next);
    }
    await writing;
  },

  "A connection beyond the first carries what the first cannot": async (room) => {
    const client = room.client({ ...(await room.server()), connectionsMax: 2 });
    const semaphore = client.semaphore("api", 9);
    const [first, second] = [await semaphore.acquire(), await semaphore.acquire()];
    assert.equal((await client.stats())["connections"], 2);
    assert.equal(await semaphore.tryAcquire(), null);
    await first.release();
    assert.ok(await semaphore.tryAcquire());
    assert.equal(second.held, true);
    assert.ok(await client.shared("other", { wait: 0 }));
    assert.ok(await client.semaphore("other", 9).tryAcquire());
    assert.equal(await client.semaphore("other", 9).tryAcquire(), null);
    assert.equal((await client.stats())["connections"], 2);
  },
};
