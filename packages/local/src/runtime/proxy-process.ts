/** The proxy that `npm start` runs. It joins with a token and is told what to serve by a file, like any other. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadServers } from "@postern/control/database/servers";
import type { Base } from "@postern/control/ports";
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
    const { base, folder, config } = this.#plan;
    await keepJoinToken(base, folder);
    writePrivateFile(folder.proxyConfig, config);
    const before = await this.#heartbeat();
    this.#stopping.signal.throwIfAborted();
    // Its warnings are for the person in front of us; that all goes well is not.
    const env = { POSTERN_LOG_LEVEL: process.env["POSTERN_LOG_LEVEL"] ?? "warn" };
    const child = startChild({ name: "the proxy", script, args: ["--config", folder.proxyConfig], env });
    this.#child = child;
    try {
      const served = this.#untilServed(child, before);
      await Promise.race([served, child.ended.then((how) => Promise.reject(how))]);
      return child;
    } catch (error) {
      await child.stop(graceMs);
      throw error;
    }
  }

  /** Its first heartbeat may be refused or late: it serves when the control plane says so. */
  async #untilServed(child: Child, before: string | undefined): Promise<void> {
    await this.#plan.lock.add(child.pid);
    await child.message((message) => (isReady(message) ? true : undefined));
    const deadline = performance.now() + servesWithinMs;
    while (performance.now() < deadline && !this.#stopping.signal.aborted) {
      const heartbeat = await this.#heartbeat();
      if (heartbeat !== undefined && heartbeat !== before) return;
      await delay(20);
    }
    throw new Fault("service.unavailable", `the proxy may not serve the database ${demoDatabase}`);
  }

  /** When a proxy at our address last said that it serves the database, as text; an earlier run's may still be kept. */
  async #heartbeat(): Promise<string | undefined> {
    const { base, ports } = this.#plan;
    const servers = await loadServers(base, demoDatabase);
    return servers.find(({ spec }) => spec.public_addr === publicAddress(ports))?.status.heartbeat_at;
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
