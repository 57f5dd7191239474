/** Looks at every database that this host serves, again and again, so that people are sent where it works. */
import type { DatabaseHealth, ServedDatabase } from "@postern/core/api/host";
import { type Clock, formatTime } from "@postern/core/time";

export interface MonitorOptions {
  readonly databases: readonly ServedDatabase[];
  /** Why a database can't be used; undefined where it can. */
  readonly probe: (database: ServedDatabase, signal: AbortSignal) => Promise<string | undefined>;
  readonly now: Clock;
}

/** At once: a host may serve hundreds. */
const mostAtOnce = 16;
const longestReason = 200;

export class HealthMonitor {
  readonly #options: MonitorOptions;
  readonly #states = new Map<string, DatabaseHealth>();

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** Of those that have been looked at. */
  get states(): DatabaseHealth[] {
    return [...this.#states.values()];
  }

  /** Looks at each once. @throws the signal's reason */
  async round(signal: AbortSignal): Promise<void> {
    const left = this.#options.databases.values();
    const work = async (): Promise<void> => {
      for (const database of left) await this.#look(database, signal);
    };
    await Promise.all(Array.from({ length: mostAtOnce }, work));
  }

  async #look(database: ServedDatabase, signal: AbortSignal): Promise<void> {
    const { probe, now } = this.#options;
    const reason = await probe(database, signal);
    const before = this.#states.get(database.name);
    const status = reason === undefined ? "healthy" : "unhealthy";
    const since = before?.status === status ? before.since : formatTime(now());
    this.#states.set(database.name, {
      database: database.name,
      status,
      ...(reason !== undefined && { reason: reason.slice(0, longestReason).toWellFormed() }),
      since,
    });
  }
}
