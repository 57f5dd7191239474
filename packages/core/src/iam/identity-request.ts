/**
 * The one request by which a host proves who it is in AWS: `sts:GetCallerIdentity`, signed (Signature Version 4) and not
 * sent. Both sides build it from here, so a host states nothing of it but where it is for, when it was signed, by which
 * session, and the signature. What isn't a field can't be smuggled in.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
import { z } from "zod";
import { isStsHost } from "./sts-host.ts";

/** Carries the challenge, and is signed. */
export const challengeHeader = "x-postern-challenge";

/** The request but for its headers. */
export const identityRequest = {
  method: "POST",
  path: "/",
  body: "Action=GetCallerIdentity&Version=2011-06-15",
  bodyHash: "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843",
  contentType: "application/x-www-form-urlencoded",
} as const;

export const printableAscii = /^[\x21-\x7e]+$/;

/** A signed request, less what both sides know. */
export const IamProof = z.strictObject({
  /** The `host` header: an endpoint of STS. */
  host: z
    .string()
    .max(255)
    .refine(isStsHost, "expected an endpoint of STS such as sts.us-west-1.amazonaws.com"),
  /** The `x-amz-date` header. */
  date: z.string().regex(/^[0-9]{8}T[0-9]{6}Z$/, "expected a time such as 20260504T100000Z"),
  /** The `x-amz-security-token` header, of temporary credentials. */
  security_token: z.string().max(16_384).regex(printableAscii).optional(),
  /** `ACCESS-KEY-ID/DATE/REGION/sts/aws4_request`, from the `authorization` header. */
  credential: z
    .string()
    .max(256)
    .regex(/^\w{16,128}\/[0-9]{8}\/[a-z0-9-]+\/sts\/aws4_request$/, "expected a credential scope of STS"),
  signature: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits"),
});
export type IamProof = z.infer<typeof IamProof>;

/** The headers that are signed, in the order in which they are. */
export function signedHeaders(proof: Omit<IamProof, "signature" | "credential">, challenge: string) {
  return [
    ["content-length", String(identityRequest.body.length)],
    ["content-type", identityRequest.contentType],
    ["host", proof.host],
    ["x-amz-content-sha256", identityRequest.bodyHash],
    ["x-amz-date", proof.date],
    ...(proof.security_token === undefined ? [] : [["x-amz-security-token", proof.security_token] as const]),
    [challengeHeader, challenge],
  ] as const;
}

/** The `authorization` header, which says that exactly `signedHeaders` were signed. */
export function authorizationOf(proof: IamProof): string {
  const names = signedHeaders(proof, "").map(([name]) => name);
  return `AWS4-HMAC-SHA256 Credential=${proof.credential}, SignedHeaders=${names.join(";")}, Signature=${proof.signature}`;
}
