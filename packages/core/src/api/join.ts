/** Bodies of the routes by which a host gets its identity. Times are RFC 3339. */
import { z } from "zod";

const Pem = z.string().max(16_384);
const Time = z.iso.datetime();

/** The proof's key becomes the host's identity and the key of its server certificate. */
export const JoinRequest = z.strictObject({ token: z.string().min(1).max(256), version: z.string().max(64) });
export type JoinRequest = z.infer<typeof JoinRequest>;

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
