import { note } from "../output/write.ts";
import type { Listener } from "../sql/session.ts";

/** What comes unasked is shown as psql shows it. */
export const listener: Listener = {
  notice: (severity, message) => note(`${severity}:  ${message}`),
  notification: (channel, payload, processId) =>
    note(
      `Asynchronous notification "${channel}"${payload === "" ? "" : ` with payload "${payload}"`} received from server process with PID ${processId}.`,
    ),
};
