/**
 * Socket activation, as sd_listen_fds(3) describes it: a service manager has opened
 * listeners, and hands them over from descriptor 3 on.
 * Invariant: every descriptor that was meant for this process is one that it serves, or
 * the server does not start.
 */
import { type InheritedSocket, inspectSocket } from "../system/listening/inherited-socket.ts";
import { ListenError } from "./listener.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const firstDescriptor = 3;
const remedy = "see the .socket unit, and systemd.socket(5) for FileDescriptorName=";

/** Whether `environment` tells this process of such listeners; nothing is looked at. */
export function isActivated(environment: Environment): boolean {
  return environment["LISTEN_PID"] === String(process.pid) && countOf(environment) > 0;
}

/** The listeners that were handed over to this process. @throws ListenError */
export function activatedSockets(environment: Environment): InheritedSocket[] {
  if (!isActivated(environment)) return [];
  const names = (environment["LISTEN_FDNAMES"] ?? "").split(":");
  return Array.from({ length: countOf(environment) }, (_, index) =>
    checked(firstDescriptor + index, names[index] ?? ""),
  );
}

function countOf({ LISTEN_FDS: count = "" }: Environment): number {
  return /^[1-9]\d{0,3}$/.test(count) ? Number(count) : 0;
}

function checked(descriptor: number, name: string): InheritedSocket {
  const shown = isUnnamed(name) ? `descriptor ${descriptor}` : `descriptor ${descriptor} (${name})`;
  try {
    if (!isUnnamed(name) && name !== "tcp" && name !== "unix") throw new Error(whyNot(name));
    const socket = inspectSocket(descriptor);
    if (isUnnamed(name) || name === socket.kind) return socket;
    throw new Error(`it is called ${name} and is a ${socket.kind} socket`);
  } catch (error) {
    throw new ListenError(shown, error, remedy);
  }
}

/** What systemd calls descriptors that nobody has named: by their unit, or `unknown`. */
function isUnnamed(name: string): boolean {
  return name === "" || name === "unknown" || name.endsWith(".socket");
}

function whyNot(name: string): string {
  return name === "web"
    ? "the web port cannot be handed over, the server opens it by itself (-ws)"
    : `there is no listener ${JSON.stringify(name)}, only tcp and unix`;
}
