import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { formatChallenge, parseChallenge } from "./challenge.ts";
import { authorizationOf, IamProof, identityRequest, signedHeaders } from "./identity-request.ts";
import { isStsHost, stsHostOf } from "./sts-host.ts";

const proof = {
  host: "sts.us-west-1.amazonaws.com",
  date: "20260504T100000Z",
  security_token: "FwoGZXIvYXdzEXAMPLE==",
  credential: "ASIAEXAMPLEEXAMPLE12/20260504/us-west-1/sts/aws4_request",
  signature: "0a".repeat(32),
};

test("the body's hash is the body's", () => {
  const hash = createHash("sha256").update(identityRequest.body).digest("hex");
  expect(identityRequest.bodyHash).toBe(hash);
});

test("the headers are signed in order, the challenge among them", () => {
  for (const each of [proof, { ...proof, security_token: undefined }]) {
    const names = signedHeaders(each, "c").map(([name]) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toContain("x-postern-challenge");
    expect(names.includes("x-amz-security-token")).toBe(each.security_token !== undefined);
  }
});

test("a proof becomes one authorization header, which names what was signed", () => {
  expect(authorizationOf(IamProof.parse(proof))).toBe(
    "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE12/20260504/us-west-1/sts/aws4_request, " +
      "SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-postern-challenge, " +
      `Signature=${"0a".repeat(32)}`,
  );
});

test.each([
  { host: "sts.us-west-1.amazonaws.com:443" },
  { host: "sts.us-west-1.amazonaws.com/?x=y" },
  { host: "user@sts.us-west-1.amazonaws.com" },
  { host: "sts.us-west-1.amazonaws.com\r\nhost: evil.example.com" },
  { date: "2026-05-04T10:00:00Z" },
  { date: "20260504T100000Z\r\naccept: text/html" },
  { security_token: "a b" },
  { security_token: "a\r\nx-amz-date: b" },
  { security_token: "" },
  { credential: "ASIAEXAMPLEEXAMPLE12/20260504/us-west-1/s3/aws4_request" },
  { credential: "ASIAEXAMPLEEXAMPLE12/20260504/us-west-1/sts/aws4_request, SignedHeaders=host" },
  { signature: "0A".repeat(32) },
  { signature: "" },
  { path: "/?Action=AssumeRole" },
])("a proof with %j is none", (change) => {
  expect(IamProof.safeParse({ ...proof, ...change }).success).toBe(false);
});

test.each([
  "sts.amazonaws.com",
  "sts.us-west-1.amazonaws.com",
  "sts.ap-southeast-4.amazonaws.com",
  "sts.us-gov-west-1.amazonaws.com",
  "sts-fips.us-east-2.amazonaws.com",
  "sts.cn-north-1.amazonaws.com.cn",
])("%s is AWS's", (host) => {
  expect(isStsHost(host)).toBe(true);
});

test("each region's own endpoint is AWS's", () => {
  const hosts = ["us-west-1", "us-gov-east-1", "cn-northwest-1"].map(stsHostOf);
  expect(hosts.map(isStsHost)).toEqual([true, true, true]);
});

test.each([
  "sts.evil.com",
  "sts.us-west-1.amazonaws.com.evil.com",
  "evil.com.sts.us-west-1.amazonaws.com",
  "sts.us-west-1.amazonaws.com.cn",
  "sts.cn-north-1.amazonaws.com",
  "sts.s3-us-west-2.amazonaws.com",
  "sts.us-west-1.elb.amazonaws.com",
  "STS.us-west-1.amazonaws.com",
  "sts.us-west-1xamazonaws.com",
  "169.254.169.254",
  "localhost",
  "",
])("%j is not", (host) => {
  expect(isStsHost(host)).toBe(false);
});

const challenge = { cluster: "prod eu/1", thumbprint: "A".repeat(43), nonce: "n".repeat(43) };

test("a challenge names the cluster and the key, and fits a header", () => {
  const text = formatChallenge(challenge);
  expect(text).toMatch(/^[\x21-\x7e]+$/);
  expect(parseChallenge(text)).toEqual(challenge);
});

test.each([
  "",
  "postern://a/join/b/c",
  `postern://a/b/join/${"A".repeat(43)}/${"n".repeat(43)}`,
  `postern://%/join/${"A".repeat(43)}/${"n".repeat(43)}`,
  `postern://ä/join/${"A".repeat(43)}/${"n".repeat(43)}`,
  `postern://a/join/${"A".repeat(43)}/${"n".repeat(43)}\r\n`,
])("%j is no challenge", (text) => {
  expect(parseChallenge(text)).toBeUndefined();
});
