import type { ClientMessage, Head } from "./client-message.ts";
import { type Admission, type Disposition, forward, type Inspector } from "./disposition.ts";

/**
 * Asks each inspector in turn; the first that doesn't simply forward has decided, and those behind it don't see the
 * message. So the one that records what leaves for the server stands last.
 */
export function chain(inspectors: readonly Inspector[]): Inspector {
  return {
    admit(head: Head): Admission {
      for (const inspector of inspectors) {
        const admission = inspector.admit(head);
        if (admission !== "pass") return admission;
      }
      return "pass";
    },
    inspect(message: ClientMessage): Disposition {
      for (const inspector of inspectors) {
        const disposition = inspector.inspect(message);
        if (disposition !== forward) return disposition;
      }
      return forward;
    },
  };
}
