/** What listings call us: whoever reads `glockd status` wants to know where to look. */
import { hostname } from "node:os";

/** `web1:4711` for what this process holds, `web1` for what outlives it; never empty. */
export function ownName(of: "process" | "host"): string {
  const host = hostname().replaceAll(/[^\w.-]/g, "") || "localhost";
  return of === "host" ? host : `${host}:${process.pid}`;
}

/** The key of what `glockd set` takes: nobody's, so that anybody may free it. */
export const nobodysKey = "-";
