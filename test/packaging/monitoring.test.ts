/** Alert rules and the dashboard: what they ask for is what the server tells. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { projectText, root } from "../../packaging/project.ts";
import { api } from "../doors/http/api.ts";
import { LineClient } from "../peers/line-client.ts";
import { missing } from "../server-process.ts";
import { startHere } from "../server-in-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
}

const rules = Bun.YAML.parse(projectText("packaging/prometheus/alerts.yml")) as Rules;
const dashboard = JSON.parse(projectText("packaging/grafana/glockd.json")) as Dashboard;

const expressions = [
  ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];

/** Each series that a server tells, with its labels. */
async function scraped(): Promise<Map<string, Set<string>>> {
  await using server = await startHere();
  const client = await LineClient.connect(server.doors.unix);
  await client.ask("g foo");
  await api(server, "GET", "/v1/stats");
  const text = (await api(server, "GET", "/metrics")).body as string;
  const series = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)) {
    const known = series.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
    series.set(name, known);
  }
  return series;
}

/** What Prometheus itself adds. */
const added = ["job", "instance"];

/** Metrics, and labels of them, that no server tells. */
function unknown(expression: string, series: ReadonlyMap<string, Set<string>>): string[] {
  const names = [...expression.matchAll(/\b(?:glockd|process)_[a-z_]+/g)].map(([name]) => name);
  const labels = new Set([...added, ...names.flatMap((name) => [...(series.get(name) ?? [])])]);
  const groups = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(", "),
  );
  const matched = [...expression.matchAll(/(\w+)=~?"/g)].map(([, label = ""]) => label);
  return [
    ...names.filter((name) => !series.has(name)),
    ...[...groups, ...matched].filter((label) => !labels.has(label)),
  ];
}

test("Every metric and label that an alert or a panel asks for is one that the server tells", async () => {
  const series = await scraped();
  expect(series.size).toBeGreaterThan(20);
  expect(expressions.flatMap((expression) => unknown(expression, series))).toEqual([]);
  expect(unknown('rate(glockd_gone_total{mode="x",color="red"}[5m])', series)).toEqual([
    "glockd_gone_total",
    "mode",
    "color",
  ]);
});

test("Alerts and panels are each there once", () => {
  const names = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

test.skipIf(missing("promtool") !== undefined)("promtool accepts the alert rules", () => {
  const file = join(root, "packaging/prometheus/alerts.yml");
  const check = Bun.spawnSync(["promtool", "check", "rules", file]);
  expect(check.stderr.toString()).toBe("");
  expect(check.success).toBe(true);
});

test.skipIf(missing("promtool") !== undefined)(
  "promtool accepts what the server tells",
  async () => {
    await using server = await startHere();
    const text = (await api(server, "GET", "/metrics")).body as string;
    const check = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: Buffer.from(text) });
    expect(`${check.stdout.toString()}${check.stderr.toString()}`).toBe("");
  },
);
