/** What the first start chose at random and later ones keep: the stand-in's IAM user, its port, the demo password. */
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { Fault } from "@postern/core/fault";
import { z } from "zod";
import { writePrivateFile } from "../private-file.ts";

/** Whose password it is. */
export const demoUser = "alice";

const Settings = z.strictObject({
  cluster_name: z.string(),
  aws: z.strictObject({ access_key_id: z.string(), secret_access_key: z.string() }),
  demo_password: z.string(),
  /** Where the stand-in Aurora listened last; 0 before its first start. */
  aurora_port: z.int(),
});
export type Settings = z.infer<typeof Settings>;

/** Makes them at the first start. @throws Fault where the file isn't ours any more */
export function loadSettings(file: string): Settings {
  if (existsSync(file)) return parseSettings(file, readFileSync(file, "utf8"));
  const settings: Settings = {
    cluster_name: "local",
    aws: { access_key_id: `AKIA${randomText(16)}`, secret_access_key: randomBytes(30).toString("base64") },
    demo_password: randomBytes(12).toString("base64url"),
    aurora_port: 0,
  };
  saveSettings(file, settings);
  return settings;
}

function parseSettings(file: string, text: string): Settings {
  try {
    return Settings.parse(JSON.parse(text));
  } catch (cause) {
    const hint = "start with --fresh to begin anew; what the data folder holds is lost";
    throw new Fault("input.invalid", `${file} can't be read as this version's settings`, { hint }, cause);
  }
}

export function saveSettings(file: string, settings: Settings): void {
  writePrivateFile(file, JSON.stringify(settings, null, 2));
}

/** As AWS writes access key ids: capital letters and digits. */
function randomText(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
