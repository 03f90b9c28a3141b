/**
 * What `serve` is asked to be: by its flags, by the variables of the file that `-env-file`
 * names, and by those of its environment; the first who says something wins. A running
 * process cannot be given another environment, so the file is what a reload can change.
 */
import { configured, type ParsedConfig, parseServeFlags } from "../../config.ts";
import { variableOf } from "../../flag.ts";
import { UsageError } from "../../flags.ts";
import type { AdjustableLogger } from "../../log.ts";
import { serveFlags } from "../../config/serve-flags.ts";
import { rereadFlags } from "../../config/service-flags.ts";

/** Where settings come from; the file can be read again. */
export interface Sources {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether somebody else has opened listeners. */
  readonly handed: boolean;
}

/** Settings as they were read. */
export type Settings = Extract<ParsedConfig, { request: "run" }> & {
  /** What `-env-file` says; `undefined` without one. */
  readonly envFile: string | undefined;
};

/** @throws UsageError for what is not understood, wherever it stands. */
export async function readSettings(
  sources: Sources,
): Promise<Exclude<ParsedConfig, { request: "run" }> | Settings> {
  const { argv, environment, handed } = sources;
  const flags = parseServeFlags(argv, environment);
  const envFile = flags.request === "run" ? flags.values["env-file"] : undefined;
  let parsed;
  if (envFile === undefined) parsed = configured(flags, environment, handed);
  else {
    // Late: most servers have none.
    const { readEnvFile } = await import("./env-file.ts");
    const all = { ...environment, ...readEnvFile(envFile) };
    parsed = configured(parseServeFlags(argv, all), all, handed);
  }
  return parsed.request === "run" ? { ...parsed, envFile } : parsed;
}

/**
 * Reads the file again and follows it as far as a running server can. What is no good
 * changes nothing; what needs a restart is told, as often as it is read.
 */
export async function rereadSettings(
  before: Settings,
  sources: Sources,
  logger: AdjustableLogger,
): Promise<Settings> {
  const { envFile: file } = before;
  if (file === undefined) return before;
  let settings;
  try {
    settings = await readSettings(sources);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    logger.error("settings not reloaded: the old ones go on", { reason: error.message });
    return before;
  }
  if (settings.request !== "run") return before;
  const { logLevel, drainSeconds: drain } = settings.config;
  logger.setLevel(logLevel);
  logger.info("settings reloaded", { file, level: logLevel, drain });
  const changed = changedForRestart(before, settings).join(" ");
  if (changed !== "") logger.warn("changed, but only a restart can follow it", { file, changed });
  return { ...before, config: { ...before.config, logLevel, drainSeconds: drain } };
}

/** The variables by which two differ, and that a running server cannot follow. */
function changedForRestart(before: Settings, after: Settings): string[] {
  const changed = serveFlags
    .filter(({ name }) => !rereadFlags.has(name) && after.values[name] !== before.values[name])
    .map((flag) => variableOf(flag));
  const [was, is] = [before, after].map(({ config }) => JSON.stringify(config.authEnvironment));
  return was === is ? changed : [...changed, "AUTH_USER", "AUTH_PASS"];
}
