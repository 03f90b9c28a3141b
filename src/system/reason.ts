/** What a failed system call says, in words for people. */
import { util } from "../late.ts";

/**
 * `no such file or directory (ENOENT)`: by the code alone, as messages differ between the
 * calls of Bun and of Node. What has no code that is known gives its message.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  for (const [name, words] of util().getSystemErrorMap().values())
    if (name === code) return `${words} (${code})`;
  return error.message;
}
