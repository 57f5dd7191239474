/** The stand-in Aurora, as `npm start` runs it. */
import { fileURLToPath } from "node:url";
import { type AuroraConfig, AuroraReady, configVariable } from "../aurora/config.ts";
import { type Child, startChild } from "./child.ts";
import type { DataFolder } from "./data-folder.ts";
import type { RunLock } from "./run-lock.ts";
import type { Settings } from "./settings.ts";

const script = fileURLToPath(new URL("../aurora/main.ts", import.meta.url));

/** The region that the stand-in plays; tokens are signed for it. */
export const region = "us-west-1";

/** PostgreSQL may have to be made and to recover; a stop waits for its shutdown. */
const graceMs = 20_000;

export interface AuroraProcess {
  readonly port: number;
  /** PEM of the CA that vouches for it, as the RDS bundle does for Aurora. */
  readonly caFile: string;
  stop(): Promise<void>;
}

export async function startAuroraProcess(
  folder: DataFolder,
  settings: Settings,
  lock: RunLock,
  onLost: (reason: string) => void,
): Promise<AuroraProcess> {
  const { access_key_id, secret_access_key } = settings.aws;
  const config: Partial<AuroraConfig> = {
    dataDir: folder.path,
    port: settings.aurora_port,
    region,
    accessKeys: { [access_key_id]: { secretAccessKey: secret_access_key } },
  };
  const env = { [configVariable]: JSON.stringify(config) };
  const child = startChild({ name: "the stand-in Aurora", script, args: [], env, onLost });
  lock.add({ pid: child.pid, command: script });
  const { port, caFile } = await waitForReady(child);
  return { port, caFile, stop: () => child.stop(graceMs) };
}

function waitForReady(child: Child): Promise<AuroraReady> {
  return child.message((message) => AuroraReady.safeParse(message).data);
}
