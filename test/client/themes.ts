/** All cases of the client, by theme. */
import { cancelling } from "./cases/cancelling.ts";
import { detached } from "./cases/detached.ts";
import { doors } from "./cases/doors.ts";
import { locks } from "./cases/locks.ts";
import { losing } from "./cases/losing.ts";
import { crowds } from "./cases/many.ts";
import { servers } from "./cases/servers.ts";
import { tasks } from "./cases/tasks.ts";
import type { Cases } from "./room.ts";

export const themes: Readonly<Record<string, Cases>> = {
  locks,
  tasks,
  cancelling,
  losing,
  detached,
  servers,
  doors,
  crowds,
};
