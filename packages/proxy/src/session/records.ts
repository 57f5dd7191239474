import { Journal } from "../audit/journal.ts";
import { reportOf } from "../refusal/refusal.ts";
import type { RelayEnd } from "../relay/relay.ts";
import type { SessionSpool } from "../spool/session-spool.ts";
import type { Spool } from "../spool/spool.ts";
import { startTally, type Tally } from "../spool/tally.ts";
import type { SessionDeps } from "./session.ts";

/** A session's journal, its spool and its tally, from its opening to its end. */
export class SessionRecords {
  readonly journal: Journal;
  readonly tally: Tally = startTally();
  readonly #spool: Spool;
  readonly #session: SessionSpool;
  #isEnded = false;

  constructor(sid: string, deps: Pick<SessionDeps, "spool" | "now" | "elapsed">) {
    this.#spool = deps.spool;
    this.#session = deps.spool.open(sid, this.tally);
    this.journal = new Journal({ ...deps, sid, sink: this.#session, tally: this.tally });
  }

  /** Once: what is told of the end later is no news. */
  end({ reason, refusal }: RelayEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const report = refusal && reportOf(refusal);
    this.journal.end({ reason, ...(report && { sqlstate: report.code, error: report.message }) });
    try {
      this.journal.flush();
    } finally {
      this.#spool.finish(this.#session);
    }
  }
}
