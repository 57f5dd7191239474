import type { Change } from "@postern/core/api/host";
import type { LiveSession } from "./live-session.ts";

/** All sessions of this proxy that are being relayed. */
export class LiveSessions {
  readonly #sessions = new Map<string, LiveSession>();

  get size(): number {
    return this.#sessions.size;
  }

  add(session: LiveSession): void {
    this.#sessions.set(session.access.sid, session);
  }

  remove(session: LiveSession): void {
    this.#sessions.delete(session.access.sid);
  }

  get(sid: string): LiveSession | undefined {
    return this.#sessions.get(sid);
  }

  /** Ends those whom the change concerns. */
  apply(change: Change): void {
    for (const session of this.#sessions.values())
      if (concerns(change, session)) session.endAccess(change.reason);
  }

  stopAll(): void {
    for (const session of this.#sessions.values()) session.stopProxy();
  }
}

function concerns(change: Change, { access }: LiveSession): boolean {
  switch (change.type) {
    case "login_session_ended":
      return access.login_session === change.login_session;
    case "user_ended":
      return access.user === change.user;
    case "session_ended":
      return access.sid === change.sid;
  }
}
