/**
 * Which of a client's start-up parameters go on to the server. Settings do: they are the database user's own, no more
 * than what `options` or SET could do, and the server checks them. What changes the protocol doesn't.
 */
import { Refusal } from "../refusal/refusal.ts";

/** Named by the credential and the control plane's answer, and by those alone. */
const ours: ReadonlySet<string> = new Set(["user", "database"]);

/** The name of a setting, with a prefix where an extension owns it (manual, "Setting Parameters"). */
const settingName = /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/;

/** @throws Refusal */
export function passedOn(parameters: ReadonlyMap<string, string>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (ours.has(name) || name.startsWith("_pq_.")) continue;
    const lower = name.toLowerCase();
    // PostgreSQL knows it in lower case; in any other, whoever sent it meant no good.
    if (lower === "replication") throw new Refusal({ type: "replication" });
    if (ours.has(lower) || !settingName.test(name))
      throw new Refusal({ type: "parameter_invalid", parameter: name });
    settings.set(name, value);
  }
  return settings;
}
