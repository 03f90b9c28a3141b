/** Commands that are answered at once, whoever holds what. */
import type { Connection } from "../connection/connection.ts";
import type { Link } from "../connection/link.ts";
import type { ServerVersion } from "../listings.ts";
import { failureOf, notSpoken, numberOf } from "./replies.ts";

/** Where to ask, and how long to wait until that is possible. */
export interface Counter {
  readonly connection: Connection;
  readonly patienceMilliseconds: number;
}

/** Zeros that are answers, not failures. */
const plainNo = /^0 (?:Shared )?Lock (?:Not Locked|Release Failure): /;

/** `isOld`: servers of the first part know the command, too. */
export function askNumber(
  counter: Counter,
  command: string,
  asked: { readonly name: string; readonly isOld: boolean },
): Promise<number> {
  return whenLinked(counter, (link, resolve, reject) => {
    if (!asked.isOld && !link.knowsTags) return reject(notSpoken(`\`${wordOf(command)}\``));
    link.ask(command, {
      answered(reply) {
        const number = numberOf(reply);
        if (number > 0 || plainNo.test(reply)) resolve(number);
        else reject(failureOf(reply, asked));
      },
      broken: reject,
    });
  });
}

/** The lines of a listing; none when `line` is there to take them as they come. */
export function askLines(
  counter: Counter,
  command: string,
  line?: (line: string) => void,
): Promise<readonly string[]> {
  return whenLinked(counter, (link, resolve, reject) => {
    // Without tags nobody can tell where a listing ends.
    if (!link.knowsTags) return reject(notSpoken(`\`${wordOf(command)}\``));
    const isListing = true;
    link.ask(
      command,
      {
        answered(reply, lines) {
          if (/^\d+ lines$/.test(reply)) resolve(lines);
          else reject(failureOf(reply, { name: command }));
        },
        broken: reject,
        ...(line !== undefined && { line }),
      },
      isListing,
    );
  });
}

/** What the server said of itself when the connection was made. */
export function askWelcome(counter: Counter): Promise<ServerVersion> {
  return whenLinked(counter, (link, resolve) => resolve(link.welcome));
}

function whenLinked<T>(
  { connection, patienceMilliseconds }: Counter,
  ask: (link: Link, resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    connection.submit({
      send: (link) => ask(link, resolve, reject),
      fail: reject,
      patienceMilliseconds: () => patienceMilliseconds,
    });
  });
}

function wordOf(command: string): string {
  return command.split(" ", 1)[0] ?? "";
}
