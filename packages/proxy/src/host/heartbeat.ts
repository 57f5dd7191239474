import type { HeartbeatRequest, HeartbeatResponse } from "@postern/core/api/host";
import type { CancelRegistry } from "../cancel/registry.ts";
import type { TlsTerminator } from "../client/tls.ts";
import type { HealthMonitor } from "../health/monitor.ts";
import type { Log } from "../log.ts";
import type { Peers } from "../peer/peers.ts";
import type { Host } from "./host.ts";

export interface HeartbeatOptions {
  readonly host: Host;
  readonly tls: TlsTerminator;
  readonly monitor: HealthMonitor;
  readonly cancels: CancelRegistry;
  readonly peers: Peers;
  readonly version: string;
  /** What the host says of itself, whatever happens. */
  readonly serves: Pick<HeartbeatRequest, "public_addr" | "databases">;
  /** Where other hosts may find it. */
  readonly peerAddrs: string[];
  readonly log: Log;
}

type Refused = HeartbeatResponse["refused"];

/** Says that the host lives, what it serves and how that is, and takes what it is answered. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #refused: Refused = [];
  #instance: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  get refused(): Refused {
    return this.#refused;
  }

  async beat(): Promise<void> {
    const { host, tls, serves, monitor } = this.#options;
    const answer = await this.#say({ ...serves, health: monitor.states });
    this.#tell(answer.refused);
    this.#meet(answer);
    if (await host.trust(answer.user_ca, answer.host_ca)) tls.use(await host.tlsIdentity());
  }

  /** That it serves nothing any more: nobody is sent here from now on. */
  async leave(): Promise<void> {
    await this.#say({ ...this.#options.serves, databases: [] });
  }

  /** Asks for all other hosts again at the next beat. */
  forgetPeers(): void {
    this.#instance = undefined;
  }

  #say(said: Omit<HeartbeatRequest, "version" | "peer_addrs" | "instance">): Promise<HeartbeatResponse> {
    const { host, version, peerAddrs } = this.#options;
    return host.controlPlane.heartbeat({
      ...said,
      version,
      peer_addrs: peerAddrs,
      ...(this.#instance !== undefined && { instance: this.#instance }),
    });
  }

  #meet({ instance, peers }: HeartbeatResponse): void {
    this.#instance = instance;
    this.#options.cancels.use(instance);
    for (const peer of peers) this.#options.peers.take(peer);
  }

  /** Once, not at every beat: the log is read by people. */
  #tell(refused: Refused): void {
    const { log } = this.#options;
    for (const { database, reason } of refused) {
      const isKnown = this.#refused.some((each) => each.database === database && each.reason === reason);
      if (!isKnown) log.error({ database, reason }, "a database may not be served");
    }
    for (const { database } of this.#refused) {
      const isStill = refused.some((each) => each.database === database);
      if (!isStill) log.info({ database }, "a database may be served now");
    }
    this.#refused = refused;
  }
}
