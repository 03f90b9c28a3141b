/** Numbers as they stand in a narrow column: three digits that count, and a unit. */

const units = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
] as const;

/** `0ms`, `12ms`, `1.23s`, `45.6s`, `12m05s`, `3h07m`, `12d04h`; at most six characters. */
export function durationText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "-";
  const value = Math.max(0, milliseconds);
  if (Math.round(value) < 1_000) return `${Math.round(value)}ms`;
  if (value < 9_995) return `${(value / 1_000).toFixed(2)}s`;
  if (value < 59_950) return `${(value / 1_000).toFixed(1)}s`;
  const [first, second] = twoUnits(value);
  return second === undefined || first.length + second.length > 6 ? first : first + second;
}

/** `0`, `0.4`, `12.3`, `1234`, `56.7k`. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return "-";
  if (perSecond === 0) return "0";
  if (perSecond < 99.95) return perSecond.toFixed(1);
  return countText(Math.round(perSecond));
}

/** `0`, `1234`, `56.7k`, `1.20M`. */
export function countText(count: number): string {
  if (count < 10_000) return String(count);
  if (count < 999_950) return `${(count / 1e3).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(2)}M`;
}

function twoUnits(milliseconds: number): [string, string | undefined] {
  const seconds = Math.round(milliseconds / 1_000) * 1_000;
  for (const [index, [unit, name]] of units.entries()) {
    if (seconds < unit) continue;
    const whole = Math.floor(seconds / unit);
    const [part, partName] = units[index + 1] ?? [1_000, "s"];
    const rest = Math.floor((seconds % unit) / part);
    return [`${whole}${name}`, `${String(rest).padStart(2, "0")}${partName}`];
  }
  return ["1m", "00s"];
}
