import type { SessionChange } from "@postern/core/api/host";
import type { AllowedAccess } from "../authorize/allowed-access.ts";
import { Refusal } from "../refusal/refusal.ts";
import type { LiveSession } from "./live-session.ts";

/**
 * A session on its way from its request to its end. What changes meanwhile concerns it, too: the control plane's answer
 * may be older than what it told everybody since.
 */
export class Opening {
  readonly #changes: SessionChange[] = [];
  session: LiveSession | undefined;

  apply(change: SessionChange): void {
    if (this.session === undefined) this.#changes.push(change);
    else if (concerns(change, this.session.access)) this.session.endAccess(change.reason);
  }

  /** @throws Refusal where the access has ended since it was asked for */
  assertStands(access: AllowedAccess): void {
    const ended = this.#changes.find((change) => concerns(change, access));
    if (ended) throw new Refusal({ type: "access_ended", reason: ended.reason });
  }
}

/** All sessions of this proxy: those being opened, and those being relayed. */
export class LiveSessions {
  readonly #openings = new Set<Opening>();

  get size(): number {
    return this.#openings.size;
  }

  /** To be called before the control plane is asked; `close` ends it, whatever became of it. */
  open(): Opening {
    const opening = new Opening();
    this.#openings.add(opening);
    return opening;
  }

  close(opening: Opening): void {
    this.#openings.delete(opening);
  }

  get(sid: string): LiveSession | undefined {
    return this.#relayed().find(({ access }) => access.sid === sid);
  }

  /** Ends those whom the change concerns. */
  apply(change: SessionChange): void {
    for (const opening of this.#openings) opening.apply(change);
  }

  /** @param reason for the people whose sessions they are */
  endAll(reason: string): void {
    for (const session of this.#relayed()) session.endAccess(reason);
  }

  stopAll(): void {
    for (const session of this.#relayed()) session.stopProxy();
  }

  #relayed(): LiveSession[] {
    return [...this.#openings].flatMap(({ session }) => session ?? []);
  }
}

function concerns(change: SessionChange, access: AllowedAccess): boolean {
  switch (change.type) {
    case "login_session_ended":
      return access.login_session === change.login_session;
    case "user_ended":
      return access.user === change.user && (change.account ?? access.account) === access.account;
    case "session_ended":
      return access.sid === change.sid;
  }
}
