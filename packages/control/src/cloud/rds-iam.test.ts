/** What STS has no part in; roles that are assumed are in test/iam. */
import { minute } from "@postern/core/time";
import { expect, test } from "vitest";
import type { IamTokenRequest } from "../ports.ts";
import { createRdsIamSigner } from "./rds-iam.ts";

const request: IamTokenRequest = {
  host: "aurora.example.com",
  port: 5432,
  region: "us-west-1",
  dbUser: "alice",
  assumeRole: null,
  sourceIdentity: "alice",
};
const own = async () => ({ accessKeyId: "AKIDOWN", secretAccessKey: "own-secret" });

test("a token is for one database user at one endpoint, and lasts 15 minutes", async () => {
  const now = Date.now();
  const { token, expiresAt } = await createRdsIamSigner({ clock: () => now, credentials: own }).sign(request);
  const url = new URL(`https://${token}`);
  expect(url.host).toBe("aurora.example.com:5432");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: "connect",
    DBUser: "alice",
    "X-Amz-Expires": "900",
    "X-Amz-Credential": expect.stringMatching(/^AKIDOWN\/\d{8}\/us-west-1\/rds-db\/aws4_request$/),
  });
  expect(token).not.toContain("own-secret");
  expect(expiresAt).toBe(now + 15 * minute);
});

test("a token never outlasts the credentials that signed it", async () => {
  const now = Date.now();
  const expiring = async () => ({
    ...(await own()),
    sessionToken: "s",
    expiration: new Date(now + 7 * minute),
  });
  const { token, expiresAt } = await createRdsIamSigner({ clock: () => now, credentials: expiring }).sign(
    request,
  );
  expect(expiresAt).toBe(now + 7 * minute);
  expect(new URL(`https://${token}`).searchParams.get("X-Amz-Security-Token")).toBe("s");
});
