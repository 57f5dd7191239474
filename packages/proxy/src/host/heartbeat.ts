import type { HeartbeatResponse } from "@postern/core/api/host";
import type { DutiesOptions } from "./duties.ts";

/** Says that the host lives and what it serves, and takes what it is answered. */
export class Heart {
  readonly #options: DutiesOptions;
  #refused: HeartbeatResponse["refused"] = [];

  constructor(options: DutiesOptions) {
    this.#options = options;
  }

  get refused(): HeartbeatResponse["refused"] {
    return this.#refused;
  }

  async beat(): Promise<void> {
    const { host, tls, serves, version } = this.#options;
    const answer = await host.controlPlane.heartbeat({ ...serves, version });
    this.#tell(answer.refused);
    if (await host.trust(answer.user_ca, answer.host_ca)) tls.use(await host.tlsIdentity());
  }

  /** Once, not at every beat: the log is read by people. */
  #tell(refused: HeartbeatResponse["refused"]): void {
    for (const { database, reason } of refused) {
      const isKnown = this.#refused.some((each) => each.database === database && each.reason === reason);
      if (!isKnown) this.#options.log.error({ database, reason }, "a database may not be served");
    }
    for (const { database } of this.#refused) {
      const isStill = refused.some((each) => each.database === database);
      if (!isStill) this.#options.log.info({ database }, "the database is served now");
    }
    this.#refused = refused;
  }
}
