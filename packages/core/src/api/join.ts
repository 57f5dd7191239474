/** Bodies of the routes by which a host gets its identity. Times are RFC 3339. */
import { z } from "zod";
import type { IamProof } from "../iam/identity-request.ts";

const Pem = z.string().max(16_384);
const Time = z.iso.datetime();

/** The proof's key becomes the host's identity and the key of its server certificate. */
export const JoinRequest = z.strictObject({ token: z.string().min(1).max(256), version: z.string().max(64) });
export type JoinRequest = z.infer<typeof JoinRequest>;

/** For the key that asks, until it joins or asks again. */
export const JoinChallenge = z.strictObject({ challenge: z.string().max(1024), expires_at: Time });
export type JoinChallenge = z.infer<typeof JoinChallenge>;

/** An `IamProof` (core/iam) as sent: what is none is for the use case to refuse, so that the audit log tells of it. */
const SentProof = z.strictObject({
  host: z.string().max(255),
  date: z.string().max(16),
  security_token: z.string().max(16_384).optional(),
  credential: z.string().max(256),
  signature: z.string().max(64),
}) satisfies z.ZodType<IamProof>;

/** `proof` is signed with the challenge that this key was given last. */
export const JoinByIamRequest = z.strictObject({
  token_name: z.string().min(1).max(64),
  proof: SentProof,
  version: z.string().max(64),
});
export type JoinByIamRequest = z.infer<typeof JoinByIamRequest>;

export const RenewHostRequest = z.strictObject({ host_id: z.string().max(64) });
export type RenewHostRequest = z.infer<typeof RenewHostRequest>;

/** What a host holds: an access token for the API and a server certificate for its listener, for the same key. */
export const HostIdentity = z.strictObject({
  host_id: z.string(),
  cluster_name: z.string(),
  access_token: z.string(),
  expires_at: Time,
  certificate: Pem,
  certificate_expires_at: Time,
  host_ca: z.array(Pem),
  user_ca: z.array(Pem),
});
export type HostIdentity = z.infer<typeof HostIdentity>;
