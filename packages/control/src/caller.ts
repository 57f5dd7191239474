import type { JWK } from "jose";

/** Who calls, once `authenticate` has seen to it. */
export type Caller =
  | { readonly type: "anyone" }
  /** Has proven to hold a key, and nothing else: may log in or join with it. */
  | { readonly type: "key"; readonly thumbprint: string; readonly publicKey: JWK }
  | {
      readonly type: "user";
      readonly user: string;
      readonly loginSession: string;
      readonly thumbprint: string;
    }
  | { readonly type: "host"; readonly hostId: string; readonly thumbprint: string }
  /** Holds every right: an operator, or `local-admin` on one machine; `name` is what the audit log shows. */
  | { readonly type: "admin"; readonly name: string };

export type CallerOf<T extends Caller["type"]> = Extract<Caller, { type: T }>;

/** A call: who and from which address (as the audit log's `addr.remote`). */
export interface Call<C extends Caller = Caller> {
  readonly caller: C;
  readonly address: string;
}
