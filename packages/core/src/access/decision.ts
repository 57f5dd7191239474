import type { SessionOptions } from "./options.ts";
import type { Reason } from "./reason.ts";

/** The verdict on an access request. */
export type Decision =
  | {
      readonly type: "allow";
      /** The role that grants it. */
      readonly role: string;
      /** When the grant ends (milliseconds since 1970); absent where the role is held without end. */
      readonly ends_at?: number;
      readonly options: SessionOptions;
      /** Broken entries of roles: they didn't decide, but an admin has to know. */
      readonly warnings: readonly Reason[];
    }
  | { readonly type: "deny"; readonly reasons: readonly Reason[] }
  /** Allowed once the person has proven more. Nothing asks for a proof yet; every caller must already handle it. */
  | { readonly type: "challenge"; readonly needs: readonly "second_factor"[] };
