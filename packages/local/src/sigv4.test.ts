import { expect, test } from "vitest";
import { emptyBodyHash, encode, isSignedBy, type SignedRequest } from "./sigv4.ts";

/** The example of the S3 API reference, "Authenticating Requests: Using Query Parameters". */
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const scope = { date: "20130524", region: "us-east-1", service: "s3" };
const timestamp = "20130524T000000Z";
const presigned: SignedRequest = {
  method: "GET",
  path: "/test.txt",
  query: [
    ["X-Amz-SignedHeaders", "host"],
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Expires", "86400"],
    ["X-Amz-Date", timestamp],
    ["X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"],
  ],
  headers: [["host", "examplebucket.s3.amazonaws.com"]],
  bodyHash: "UNSIGNED-PAYLOAD",
};
const signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

test("the published example of a presigned URL verifies", () => {
  expect(isSignedBy(secret, presigned, scope, timestamp, signature)).toBe(true);
});

/** The example of the same reference, "Signature Calculations for the Authorization Header": GET Object. */
test("the published example of signed headers verifies", () => {
  const request: SignedRequest = {
    method: "GET",
    path: "/test.txt",
    query: [],
    headers: [
      ["x-amz-date", timestamp],
      ["host", "examplebucket.s3.amazonaws.com"],
      ["range", "bytes=0-9"],
      ["x-amz-content-sha256", emptyBodyHash],
    ],
    bodyHash: emptyBodyHash,
  };
  const signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
  expect(isSignedBy(secret, request, scope, timestamp, signature)).toBe(true);
});

test("a signature of another length, or none, does not verify", () => {
  for (const other of ["", signature.slice(2), `${signature}00`, "z".repeat(64)]) {
    expect(isSignedBy(secret, presigned, scope, timestamp, other)).toBe(false);
  }
});

test("every part of the request and its scope is signed", () => {
  const others: Partial<SignedRequest>[] = [
    { method: "PUT" },
    { path: "/test.tx" },
    { query: presigned.query.slice(1) },
    { headers: [["host", "other.s3.amazonaws.com"]] },
    { bodyHash: emptyBodyHash },
  ];
  for (const other of others) {
    expect(isSignedBy(secret, { ...presigned, ...other }, scope, timestamp, signature)).toBe(false);
  }
  for (const other of [{ date: "20130525" }, { region: "us-east-2" }, { service: "rds-db" }]) {
    expect(isSignedBy(secret, presigned, { ...scope, ...other }, timestamp, signature)).toBe(false);
  }
  expect(isSignedBy(secret, presigned, scope, "20130524T000001Z", signature)).toBe(false);
});

test("only the unreserved characters stay as they are", () => {
  expect(encode("AZaz09-._~ +/=!'()*%ü")).toBe("AZaz09-._~%20%2B%2F%3D%21%27%28%29%2A%25%C3%BC");
});
