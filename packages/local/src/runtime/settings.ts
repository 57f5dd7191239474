/** What the first start chose at random and later ones keep: the stand-in's IAM user, its port, the demo password. */
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writePrivateFile } from "../private-file.ts";

const Settings = z.strictObject({
  cluster_name: z.string(),
  aws: z.strictObject({ access_key_id: z.string(), secret_access_key: z.string() }),
  demo_password: z.string(),
  /** Where the stand-in Aurora listened last; 0 before its first start. */
  aurora_port: z.int(),
});
export type Settings = z.infer<typeof Settings>;

export function loadSettings(file: string): Settings {
  if (existsSync(file)) return Settings.parse(JSON.parse(readFileSync(file, "utf8")));
  const settings = {
    cluster_name: "local",
    aws: { access_key_id: `AKIA${randomText(16)}`, secret_access_key: randomBytes(30).toString("base64") },
    demo_password: randomBytes(12).toString("base64url"),
    aurora_port: 0,
  };
  saveSettings(file, settings);
  return settings;
}

export function saveSettings(file: string, settings: Settings): void {
  writePrivateFile(file, JSON.stringify(settings, null, 2));
}

/** As AWS writes access key ids: capital letters and digits. */
function randomText(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
