/** What the use cases need from outside: each function of the deployment gets its own set and no more. */

import type { KeyObject } from "node:crypto";
import type { AuditEvent } from "@postern/core/audit/event";
import type { CallerIdentity } from "@postern/core/iam/allow-rule";
import type { IamProof } from "@postern/core/iam/identity-request";
import type { RandomBytes } from "@postern/core/id";
import type { Clock } from "@postern/core/time";
import type { Store } from "@postern/store/port";

/** A P-256 key that can't be taken out: KMS in AWS, a 0600 file on one machine. */
export interface Signer {
  publicKey(): Promise<KeyObject>;
  /** ECDSA over SHA-256 of `data`, as a DER signature (SEQUENCE of r and s). */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** Facts of this deployment, from configuration and never from a request. */
export interface ClusterConfig {
  readonly clusterName: string;
  readonly version: string;
  /** Where callers reach the API; the first is the issuer of access tokens, each is good in a proof's `htu`. */
  readonly origins: readonly [string, ...string[]];
}

/** What every use case needs. */
export interface Base {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly config: ClusterConfig;
}

/** What `auth` signs with: one key for client certificates, one for access tokens. */
export interface AuthDeps extends Base {
  readonly userCa: Signer;
  readonly accessTokens: Signer;
}

/** What `join` signs with: hosts' server certificates, which are their identity for the API as well. */
export interface JoinDeps extends Base {
  readonly hostCa: Signer;
  readonly principals: PrincipalVerifier;
}

declare const verified: unique symbol;

/** Who signed a proof, by STS's own word. Only a `PrincipalVerifier` makes one. */
export interface VerifiedPrincipal extends CallerIdentity {
  readonly [verified]: true;
}

export type PrincipalVerdict =
  | { readonly type: "verified"; readonly principal: VerifiedPrincipal }
  /** Why, for the audit log. */
  | { readonly type: "refused"; readonly reason: string };

/** Asks STS who signed. Throws Fault `service.unavailable` where it gives no answer. */
export interface PrincipalVerifier {
  verify(proof: IamProof, challenge: string): Promise<PrincipalVerdict>;
}

/** A login token for one database user at one endpoint, as the AWS SDK's `rds-signer` makes it. */
export interface IamTokenRequest {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly dbUser: string;
  /** Assumed first, where the database names one; the human is the role session's source identity. */
  readonly assumeRole: { readonly arn: string; readonly externalId: string | null } | null;
  readonly sourceIdentity: string;
}

export interface IamToken {
  readonly token: string;
  /** Milliseconds since 1970: never past the credentials that signed it. */
  readonly expiresAt: number;
}

/** Throws Fault `cloud.credentials` where none are found and `cloud.refused` where STS refuses. */
export interface IamTokenSigner {
  sign(request: IamTokenRequest): Promise<IamToken>;
}

/** Where audit events go for subscribers: EventBridge in AWS. Delivery is at least once; `uid` tells repeats. */
export interface EventBus {
  publish(events: readonly AuditEvent[]): Promise<void>;
}
