/** What Prometheus reads. */
import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../clock.ts";
import { LineClient } from "../../peers/line-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { addressOf, admin, api, as, authorityOf, reader } from "./api.ts";

async function metrics(server: ServerHere): Promise<Map<string, number>> {
  const text = await (await fetch(addressOf(server, "/metrics"))).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe("GET /metrics", () => {
  test("counts what the lock table did", async () => {
    const clock = new FakeClock();
    await using server = await startHere({ limits: { locksMax: 3 } }, { clock });
    const [line, other] = await Promise.all(
      [1, 2].map(() => LineClient.connect(server.doors.unix)),
    );
    await line!.ask("g foo");
    await other!.ask("g foo");
    other!.command("@1 gw 1 foo", "@2 gw - foo", "@3 gw - foo", "ping");
    await other!.take(1);
    clock.advance(1_000);
    other!.command("@x x 3");
    await other!.take(3);
    clock.advance(1_000);
    await line!.ask("r foo");
    await line!.ask("sg foo");
    await line!.ask("kg K 1 0 bar");
    await line!.ask("g one too many");
    clock.advance(1_000);
    await line!.ask("free foo");
    line!.socket.reset();
    await line!.socket.whenEnded();
    await other!.ask("nonsense").catch(() => "");
    const found = await metrics(server);
    const expected = {
      'glockd_grants_total{mode="exclusive"}': 3,
      'glockd_grants_total{mode="shared"}': 1,
      'glockd_refusals_total{mode="exclusive",reason="held"}': 1,
      'glockd_waits_total{mode="exclusive",result="granted"}': 1,
      'glockd_waits_total{mode="exclusive",result="timeout"}': 1,
      'glockd_waits_total{mode="exclusive",result="cancelled"}': 1,
      'glockd_expiries_total{mode="exclusive"}': 1,
      'glockd_freed_total{mode="exclusive"}': 1,
      'glockd_orphans_total{mode="shared"}': 1,
      'glockd_limits_hit_total{limit="locks"}': 1,
      'glockd_commands_total{command="gw"}': 3,
      'glockd_wait_seconds_bucket{le="0.512",mode="exclusive"}': 0,
      'glockd_wait_seconds_bucket{le="1.024",mode="exclusive"}': 2,
      'glockd_wait_seconds_bucket{le="2.048",mode="exclusive"}': 3,
      'glockd_wait_seconds_bucket{le="+Inf",mode="exclusive"}': 3,
      'glockd_wait_seconds_sum{mode="exclusive"}': 4,
      'glockd_wait_seconds_count{mode="exclusive"}': 3,
      'glockd_hold_seconds_sum{mode="exclusive"}': 4,
      'glockd_hold_seconds_count{mode="exclusive"}': 3,
    };
    const relevant = Object.keys(expected).map((key) => [key, found.get(key)]);
    expect(Object.fromEntries(relevant)).toEqual(expected);
  });

  test("tells what is there now", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    for (const command of ["g a", "g b", "sg a"]) await line.ask(command);
    const other = await LineClient.connect(server.doors.tcp);
    other.command("@1 gw - a", "ping");
    await other.take(1);
    const found = await metrics(server);
    expect(found.get('glockd_locks{mode="exclusive"}')).toBe(2);
    expect(found.get('glockd_locks{mode="shared"}')).toBe(1);
    expect(found.get('glockd_waiters{mode="exclusive"}')).toBe(1);
    expect(found.get("glockd_connections")).toBe(2);
    expect(found.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(found.has("glockd_event_loop_lag_seconds")).toBe(true);
    expect([...found.keys()].some((key) => key.startsWith("glockd_build_info{version="))).toBe(
      true,
    );
  });

  test("has labels of a fixed set, whatever clients write", async () => {
    await using server = await startHere();
    await metrics(server);
    const shapes = async (): Promise<string[]> => [...(await metrics(server)).keys()];
    for (const method of ["GET", "POST", "DELETE"]) {
      await api(server, method, "/lock/first");
      await api(server, method, "/v1/locks/first");
      await api(server, method, "/first");
    }
    const before = await shapes();
    for (const name of ["a", "b", "c"]) {
      for (const method of ["GET", "POST", "DELETE"]) {
        await api(server, method, `/lock/${name}`);
        await api(server, method, `/v1/locks/${name}`);
        await api(server, method, `/${name}`);
      }
    }
    expect(await shapes()).toEqual(before);
    expect(before.join()).not.toContain("first");
    expect(
      (await metrics(server)).get(
        'glockd_http_requests_total{route="/lock/{name}",method="POST",status="200"}',
      ),
    ).toBe(4);
  });

  test("is for readers, unless it is open", async () => {
    const authority = authorityOf(admin, reader);
    await using closed = await startHere({}, { authority });
    expect((await api(closed, "GET", "/metrics")).status).toBe(401);
    expect((await api(closed, "GET", "/metrics", { headers: as(reader) })).status).toBe(200);
    await using open = await startHere({ metricsOpen: true }, { authority });
    expect((await api(open, "GET", "/metrics")).status).toBe(200);
  });
});
