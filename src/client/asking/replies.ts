/** What replies mean: success is a number of 1 or more in front, and failures have names. */
import {
  BadNameError,
  DeniedError,
  type GlockdError,
  ProtocolError,
  RefusedError,
  TimedOutError,
  UnavailableError,
} from "../errors.ts";

const zero = 48;
const nine = 57;

/** The number in front: a fence, a count, 1; 0 for a failure and for what makes no sense. */
export function numberOf(reply: string): number {
  const number = Number.parseInt(reply, 10);
  return number > 0 ? number : 0;
}

/** Whether the number in front is 1 or more. */
export function isYes(reply: string): boolean {
  const code = reply.charCodeAt(0);
  return code > zero && code <= nine;
}

/** Whether the lock was not to be had, and nothing else is the matter. */
export function isTaken(reply: string): boolean {
  return /^0 (Shared )?Lock Get Failure: /.test(reply);
}

/** What that means to whoever would have waited `wait` seconds. */
export function taken(name: string, wait: number): GlockdError {
  const lock = `the lock ${JSON.stringify(name)}`;
  return wait === 0
    ? new RefusedError(`${lock} is taken`)
    : new TimedOutError(`${lock} was not free within ${wait} s`);
}

/** Why a server that can be reached is of no use. */
export function unavailable(why: string): UnavailableError {
  return why === "shutting down"
    ? new UnavailableError("the server is shutting down")
    : new UnavailableError(`the server cannot do that now: ${why}`);
}

/** What it means to whoever asks a server that has said that it is about to stop. */
export function stopping(): UnavailableError {
  return unavailable("shutting down");
}

/** What a failure means to whoever asked. `waited`: it would have waited, in seconds. */
export function failureOf(
  reply: string,
  asked: { readonly name: string; readonly wait?: number },
): GlockdError {
  const { name, wait = 0 } = asked;
  const what = reply.slice(2);
  if (isTaken(reply)) return taken(name, wait);
  const [, kind = what, why = ""] = /^([^:]+): ?(.*)$/s.exec(what) ?? [];
  switch (kind) {
    case "Deadlock":
      return new RefusedError(`waiting for ${JSON.stringify(name)} would last for ever`);
    case "Name Too Long":
    case "Line Too Long":
      return new BadNameError(`the server takes no name as long as ${JSON.stringify(name)}`);
    case "Limit Reached":
      return new UnavailableError(`the server has reached its limit of ${why}`);
    case "Unavailable":
      return unavailable(why);
    case "denied":
      return new DeniedError(
        `the server does not let this client do that to ${JSON.stringify(name)}`,
        "not-allowed",
      );
    case "disabled":
      return new DeniedError("the server was started without that feature", "disabled");
    case "auth required":
      return noToken();
    default:
      return new ProtocolError(`the server does not understand, and says ${reply.slice(0, 200)}`);
  }
}

/** Of a server that wants to know who somebody is. */
export function noToken(): DeniedError {
  return new DeniedError("the server wants a token: connect({ auth: … })", "no-token");
}

/** Of something that servers of the first part of the protocol have no words for. */
export function notSpoken(what: string): ProtocolError {
  return new ProtocolError(
    `${what} needs a server that knows the second part of the protocol, and this one does not: ` +
      "it gets and releases locks without waiting, shares and inspects them",
  );
}
