/** The proxy that `npm start` runs: it joins with a token and is told what to serve by a file, like any other. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Base } from "@postern/control/ports";
import { createToken } from "@postern/control/resource/token";
import { stringify } from "yaml";
import { writePrivateFile } from "../private-file.ts";
import { type AuroraProcess, region } from "./aurora-process.ts";
import { type Child, startChild } from "./child.ts";
import type { DataFolder } from "./data-folder.ts";
import { demoDatabase, localAdmin } from "./demo.ts";
import type { RunLock } from "./run-lock.ts";

/** By name, not by import: nobody imports the proxy, whose process has only what its configuration says. */
const script = fileURLToPath(import.meta.resolve("@postern/proxy/main"));

const graceMs = 10_000;

export interface ProxyProcess {
  stop(): Promise<void>;
}

export interface ProxyPlan {
  readonly base: Base;
  readonly folder: DataFolder;
  readonly lock: RunLock;
  readonly aurora: AuroraProcess;
  readonly httpPort: number;
  readonly pgPort: number;
}

/** How long after its end a lost proxy is started again, at first; each time twice as long. */
const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** Settles when the proxy serves the database. One that is lost later is replaced: its sessions are gone, its spool is not. */
export async function superviseProxy(plan: ProxyPlan): Promise<ProxyProcess> {
  const ending = new AbortController();
  let pause = firstPauseMs;
  let child = await startProxy(plan, onLost);

  function onLost(reason: string): void {
    if (ending.signal.aborted) return;
    process.stderr.write(`${reason}; starting it again\n`);
    void restart();
  }

  async function restart(): Promise<void> {
    await delay(pause, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
    if (ending.signal.aborted) return;
    pause = Math.min(pause * 2, longestPauseMs);
    try {
      child = await startProxy(plan, onLost);
      pause = firstPauseMs;
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  return {
    async stop() {
      ending.abort();
      await child.stop(graceMs);
    },
  };
}

async function startProxy(plan: ProxyPlan, onLost: (reason: string) => void): Promise<Child> {
  const { folder, lock } = plan;
  await keepJoinToken(plan);
  writePrivateFile(folder.proxyConfig, stringify(configuration(plan)));
  const child = startChild({ name: "the proxy", script, args: ["--config", folder.proxyConfig], onLost });
  lock.add({ pid: child.pid, command: script });
  await child.message((message) => (isReady(message) ? true : undefined));
  return child;
}

/** A host that has joined needs no token any more. */
async function keepJoinToken({ base, folder }: ProxyPlan): Promise<void> {
  if (existsSync(join(folder.proxyState, "host.json"))) return;
  const names = ["localhost", "127.0.0.1", "::1"];
  const { token } = await createToken(base, localAdmin, { type: "db", ttl: "1h", uses: 1, names });
  writePrivateFile(folder.joinToken, token);
}

function configuration({ folder, aurora, httpPort, pgPort }: ProxyPlan): object {
  return {
    version: "v1",
    postern: {
      proxy_server: `localhost:${httpPort}`,
      data_dir: folder.proxyState,
      join: { method: "token", token: folder.joinToken },
    },
    db_service: {
      listen_addr: `127.0.0.1:${pgPort}`,
      public_addr: `localhost:${pgPort}`,
      databases: [
        {
          name: demoDatabase,
          description: "PostgreSQL behind a stand-in for Aurora's IAM authentication",
          protocol: "postgres",
          uri: `localhost:${aurora.port}`,
          labels: { env: "dev" },
          tls: { ca_cert_file: aurora.caFile },
          aws: { region, account_id: null, resource_id: null, assume_role_arn: null, external_id: null },
        },
      ],
    },
  };
}

function isReady(message: unknown): boolean {
  return typeof message === "object" && message !== null && "ready" in message && message.ready === true;
}
