import { generateProofKey } from "@postern/client/proof";
import type { HostIdentity, JoinByIamRequest } from "@postern/core/api/join";
import { formatChallenge } from "@postern/core/iam/challenge";
import { challengeHeader } from "@postern/core/iam/identity-request";
import { afterEach, expect, test, vi } from "vitest";
import type { ControlPlane } from "../control-plane.ts";
import { signIdentity } from "./iam-proof.ts";
import { joinByIam } from "./join.ts";

const proof = {
  host: "sts.us-west-1.amazonaws.com",
  date: "20260504T100000Z",
  credential: "ASIAEXAMPLEEXAMPLE12/20260504/us-west-1/sts/aws4_request",
  signature: "0a".repeat(32),
};

/** A control plane that asks for this to be signed, and remembers who joined. */
function asking(challenge: string): { controlPlane: ControlPlane; joined: JoinByIamRequest[] } {
  const joined: JoinByIamRequest[] = [];
  const controlPlane = {
    challenge: async () => ({ challenge, expires_at: "" }),
    joinByIam: async (request: JoinByIamRequest) => {
      joined.push(request);
      return {} as HostIdentity; // not looked at here
    },
  };
  return { controlPlane: controlPlane as unknown as ControlPlane, joined }; // the rest isn't called
}

afterEach(() => {
  vi.unstubAllEnvs();
});

const request = { token_name: "proxy", version: "1" };

test("a host signs the challenge for its own key, and sends the proof", async () => {
  const key = await generateProofKey();
  const challenge = formatChallenge({
    cluster: "test",
    thumbprint: key.thumbprint,
    nonce: "n".repeat(43),
  });
  const { controlPlane, joined } = asking(challenge);
  const signed: string[] = [];
  const sign = async (text: string) => {
    signed.push(text);
    return proof;
  };
  await joinByIam(controlPlane, key, request, sign);
  expect(signed).toEqual([challenge]);
  expect(joined).toEqual([{ ...request, proof }]);
});

test("a challenge for another key, or none at all, is not signed", async () => {
  const key = await generateProofKey();
  const others = await generateProofKey();
  const nonce = "n".repeat(43);
  const challenges = [
    formatChallenge({ cluster: "test", thumbprint: others.thumbprint, nonce }),
    `x postern://test/join/${key.thumbprint}/${nonce}`,
    "",
  ];
  for (const challenge of challenges) {
    const { controlPlane, joined } = asking(challenge);
    const joining = joinByIam(controlPlane, key, request, () => Promise.reject(new Error("signed")));
    await expect(joining).rejects.toMatchObject({ code: "auth.invalid" });
    expect(joined).toEqual([]);
  }
});

const credentials = { accessKeyId: "ASIAEXAMPLEEXAMPLE12", secretAccessKey: "s", sessionToken: "t0ken" };

test("what is signed is for one region's STS, and holds the session token but no secret", async () => {
  const made = await signIdentity({ region: "eu-central-1", credentials }, "postern://c");
  expect(made).toMatchObject({
    host: "sts.eu-central-1.amazonaws.com",
    security_token: "t0ken",
    credential: expect.stringMatching(/^ASIAEXAMPLEEXAMPLE12\/\d{8}\/eu-central-1\/sts\/aws4_request$/),
  });
  const other = await signIdentity({ region: "eu-central-1", credentials }, "postern://d");
  expect(other.signature).not.toBe(made.signature);
  expect(challengeHeader in made).toBe(false);
});

test("settings that send requests elsewhere don't change what is signed", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL", "http://localhost:4566");
  vi.stubEnv("AWS_ENDPOINT_URL_STS", "http://localhost:4566");
  vi.stubEnv("AWS_USE_FIPS_ENDPOINT", "true");
  vi.stubEnv("AWS_USE_DUALSTACK_ENDPOINT", "true");
  vi.stubEnv("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
  const { host } = await signIdentity({ region: "us-east-1", credentials }, "postern://c");
  expect(host).toBe("sts.us-east-1.amazonaws.com");
});
