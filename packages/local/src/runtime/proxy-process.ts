/** The proxy that `npm start` runs. It joins with a token and is told what to serve by a file, like any other. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Base } from "@postern/control/ports";
import { loadServers } from "@postern/control/resource/load";
import { Fault } from "@postern/core/fault";
import { second } from "@postern/core/time";
import { writePrivateFile } from "../private-file.ts";
import { say, sayFailure } from "../say.ts";
import { type Child, startChild } from "./child.ts";
import type { DataFolder } from "./data-folder.ts";
import { demoDatabase } from "./database.ts";
import { keepJoinToken } from "./join-token.ts";
import { assertFree, type Ports } from "./ports.ts";
import { publicAddress } from "./proxy-config.ts";
import type { RunLock } from "./run-lock.ts";

/** By name, not by import: nobody imports the proxy, whose process has only what its configuration says. */
const script = fileURLToPath(import.meta.resolve("@postern/proxy/main"));

export interface ProxyPlan {
  readonly base: Base;
  readonly folder: DataFolder;
  readonly lock: RunLock;
  readonly ports: Ports;
  /** Its configuration file's text. */
  readonly config: string;
}

const graceMs = 10 * second;
const servesWithinMs = 30 * second;

/** How long after its end a lost proxy is started again, at first; each time twice as long, until one has lasted. */
const firstPauseMs = 250;
const longestPauseMs = 10 * second;
const lastedMs = 60 * second;

/** A proxy that is lost is replaced: its sessions are gone, its spool is not. */
export class ProxyProcess {
  readonly #plan: ProxyPlan;
  readonly #stopping = new AbortController();
  #child: Child | undefined;

  constructor(plan: ProxyPlan) {
    this.#plan = plan;
  }

  /** Settles when it serves the database, and rejects where the first one doesn't. */
  async start(): Promise<void> {
    const child = await this.#launch().catch((error: unknown) => this.#explain(error));
    void this.#replaceWhenLost(child);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the proxy is being stopped"));
    await this.#child?.stop(graceMs);
  }

  async #launch(): Promise<Child> {
    const { base, folder, lock, config } = this.#plan;
    await keepJoinToken(base, folder);
    writePrivateFile(folder.proxyConfig, config);
    this.#stopping.signal.throwIfAborted();
    const started = base.clock();
    // Its warnings are for the person in front of us; that all goes well is not.
    const env = { POSTERN_LOG_LEVEL: process.env["POSTERN_LOG_LEVEL"] ?? "warn" };
    const child = startChild({ name: "the proxy", script, args: ["--config", folder.proxyConfig], env });
    this.#child = child;
    await lock.add(child.pid);
    await child.message((message) => (isReady(message) ? true : undefined));
    await Promise.race([this.#untilServed(started), child.ended.then((how) => Promise.reject(how))]);
    return child;
  }

  /** Its first heartbeat may be refused or late: it serves when the control plane says so. */
  async #untilServed(since: number): Promise<void> {
    const { base, ports } = this.#plan;
    const address = publicAddress(ports);
    for (const deadline = performance.now() + servesWithinMs; performance.now() < deadline; await delay(20)) {
      const servers = await loadServers(base, demoDatabase);
      if (
        servers.some(
          ({ spec, status }) => spec.public_addr === address && isSince(status.heartbeat_at, since),
        )
      )
        return;
      this.#stopping.signal.throwIfAborted();
    }
    throw new Fault("service.unavailable", `the proxy may not serve the database ${demoDatabase}`);
  }

  /** The port was free a moment ago. */
  async #explain(error: unknown): Promise<never> {
    if (!this.#stopping.signal.aborted) await assertFree(this.#plan.ports.pg, "--pg-port");
    throw error;
  }

  async #replaceWhenLost(first: Child): Promise<void> {
    let pause = firstPauseMs;
    for (let child: Child | undefined = first; ; ) {
      const since = performance.now();
      const how = await child?.ended;
      if (this.#stopping.signal.aborted) return;
      if (how !== undefined) say(`${how.message}; it is started again`);
      if (performance.now() - since > lastedMs) pause = firstPauseMs;
      await delay(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPauseMs);
      child = await this.#launch().catch((error: unknown) => this.#tell(error));
    }
  }

  #tell(error: unknown): undefined {
    if (!this.#stopping.signal.aborted) sayFailure(error);
  }
}

function isReady(message: unknown): boolean {
  return typeof message === "object" && message !== null && "ready" in message && message.ready === true;
}

function isSince(time: string, since: number): boolean {
  return Date.parse(time) >= since;
}
