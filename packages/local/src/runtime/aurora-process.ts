/** The stand-in Aurora, as `npm start` runs it. */
import { fileURLToPath } from "node:url";
import { openAuthority } from "../aurora/authority.ts";
import { type AuroraConfig, AuroraReady, configVariable } from "../aurora/config.ts";
import { type Child, startChild } from "./child.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Settings } from "./settings.ts";

const script = fileURLToPath(new URL("../aurora/main.ts", import.meta.url));

/** The region that the stand-in plays; tokens are signed for it. */
export const region = "us-west-1";

/** PostgreSQL may have to be made and to recover; a stop waits for its shutdown. */
const graceMs = 20_000;

export interface AuroraProcess extends Pick<Child, "pid" | "ended"> {
  readonly port: number;
  /** PEM of the CA that vouches for it, as the RDS bundle does for Aurora. */
  readonly caFile: string;
  /** Settles when it takes connections; rejects with how it ended when it ends before. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Settles when it was started: what it will be is known before it is ready. */
export async function startAuroraProcess(
  folder: DataFolder,
  settings: Settings,
  port: number,
): Promise<AuroraProcess> {
  const { caFile } = await openAuthority(folder.aurora, "good");
  const { access_key_id, secret_access_key } = settings.aws;
  const config: Partial<AuroraConfig> = {
    dataDir: folder.path,
    port,
    region,
    accessKeys: { [access_key_id]: { secretAccessKey: secret_access_key } },
  };
  const env = { [configVariable]: JSON.stringify(config) };
  // It reads no arguments: the path tells people, and the next start, whose it is.
  const child = startChild({ name: "the stand-in Aurora", script, args: [folder.path], env });
  const ready = child.message((message) => (AuroraReady.safeParse(message).success ? true : undefined));
  ready.catch(() => undefined); // it may end before anybody waits for it
  return {
    pid: child.pid,
    ended: child.ended,
    port,
    caFile,
    ready: ready.then(() => undefined),
    stop: () => child.stop(graceMs),
  };
}
