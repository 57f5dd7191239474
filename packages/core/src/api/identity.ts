/** Bodies of the routes by which people get an identity: login, invite, credentials. Times are RFC 3339. */
import { z } from "zod";
import { TotpCode, TotpSecret } from "../credential/totp.ts";
import { CatalogName } from "../resource/name.ts";
import { ruleResources, verbs } from "../resource/rule.ts";

export const Name = z.string().min(1).max(128);
const Password = z.string().min(1).max(1024);
const Pem = z.string().max(16_384);
const Time = z.iso.datetime();

/** `otp` is the second factor's code, for users who have one: without it they are answered `auth.second_factor`. */
export const LoginRequest = z.strictObject({
  user: Name,
  password: Password,
  otp: TotpCode.optional(),
});
export type LoginRequest = z.infer<typeof LoginRequest>;

/** `access_token` is bound to the key of the request's DPoP proof and is worth nothing without it (RFC 9449). */
export const LoginResponse = z.strictObject({
  access_token: z.string(),
  token_type: z.literal("DPoP"),
  expires_at: Time,
  user: Name,
  roles: z.array(z.string()),
  login_session: z.string(),
  cluster_name: z.string(),
  /** Certificates of the authorities that sign proxies' server certificates, active first. */
  host_ca: z.array(Pem),
});
export type LoginResponse = z.infer<typeof LoginResponse>;

export const StatusResponse = z.strictObject({
  user: Name,
  roles: z.array(z.string()),
  login_session: z.string(),
  expires_at: Time,
  cluster_name: z.string(),
  version: z.string(),
  /** What the roles' `rules` allow, verbs by resource: for a program that shows only what its user may see. */
  rights: z.partialRecord(z.enum(ruleResources), z.array(z.enum(verbs))),
});
export type StatusResponse = z.infer<typeof StatusResponse>;

const Invite = z.string().max(128);

export const DescribeInviteRequest = z.strictObject({ invite: Invite });
export const DescribeInviteResponse = z.strictObject({
  user: Name,
  cluster_name: z.string(),
  expires_at: Time,
});

/**
 * `otp` gives the user a second factor: the secret that his authenticator app was given, made where he is, and a code of
 * now by which the app shows that it has it.
 */
export const AcceptInviteRequest = z.strictObject({
  invite: Invite,
  password: z.string().min(10, "at least 10 characters").max(1024),
  otp: z.strictObject({ secret: TotpSecret, code: TotpCode }).optional(),
});
export type AcceptInviteRequest = z.infer<typeof AcceptInviteRequest>;

const target = { database: Name, db_user: CatalogName, db_name: CatalogName };

/**
 * What a certificate is for: `connections` of a program that holds its key in memory and renews it, or `files`, which
 * other programs read and nobody renews. It tells the control plane how long the certificate may last.
 */
export const CertificatePurpose = z.enum(["connections", "files"]);
export type CertificatePurpose = z.infer<typeof CertificatePurpose>;

/** `public_key` is a P-256 key as SubjectPublicKeyInfo in PEM, made for this credential alone. */
export const CredentialRequest = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("certificate"),
    ...target,
    public_key: Pem,
    purpose: CertificatePurpose.default("connections"),
  }),
  z.strictObject({ type: z.literal("token"), ...target }),
]);
export type CredentialRequest = z.infer<typeof CredentialRequest>;

const served = {
  grant_id: z.string(),
  expires_at: Time,
  /** Where the database is served, and whose certificates to expect there. */
  public_addr: z.string(),
  /** Where else it is served, to be tried in this order where nobody answers at the one before. */
  fallback_addrs: z.array(z.string()),
  host_ca: z.array(Pem),
};

export const CredentialResponse = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("certificate"), ...served, certificate: Pem }),
  z.strictObject({ type: z.literal("token"), ...served, token: z.string(), uses: z.int().min(1) }),
]);
export type CredentialResponse = z.infer<typeof CredentialResponse>;

export const CredentialParams = z.strictObject({
  grant_id: z.string().regex(/^[a-z]+_[0-9A-Z]{26}$/, "expected the id of a grant"),
});

export const Empty = z.strictObject({});
