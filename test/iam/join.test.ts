/**
 * Joining by IAM, whole: a proof that the AWS SDK signed, the control plane that puts it to STS, and an STS that verifies
 * it. And what an attacker would send.
 */

import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createPrincipalVerifier } from "@postern/control/cloud/sts-principal";
import { createJoinChallenge } from "@postern/control/host/challenge";
import { joinHostByIam } from "@postern/control/host/join-by-iam";
import {
  admin,
  allEvents,
  createDeps,
  createSigner,
  keyCall,
  type TestDeps,
} from "@postern/control/identity/test-support";
import { writeResource } from "@postern/control/resource/write";
import type { AllowRule } from "@postern/core/iam/allow-rule";
import { challengeHeader, type IamProof } from "@postern/core/iam/identity-request";
import { day, hour, minute } from "@postern/core/time";
import { issueCertificate } from "@postern/local/postgres/certificate";
import type { Sts } from "@postern/local/sts/sts";
import { signIdentity } from "@postern/proxy/host/iam-proof";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { away, credentialsOf, home, region, roleOf, startStandIn } from "./support/stand-in.ts";

let sts: Sts;
beforeAll(async () => {
  sts = await startStandIn();
});
afterAll(() => sts.stop());

const proxyRole = { aws_account: home, aws_arn: roleOf(home, "proxy") };

/** A control plane with a token `proxy` for hosts in the role `proxy`, and the challenge of a new key. */
async function createScene(
  allow: readonly AllowRule[] = [proxyRole],
  verifier = createPrincipalVerifier(sts),
) {
  const deps: TestDeps = { ...createDeps(), principals: verifier };
  const spec = { roles: ["Db"], join_method: "iam", allow: [...allow], names: ["db.example.com"] };
  const resource = { kind: "token", version: "v2", metadata: { name: "proxy" }, spec } as never; // its schema checks it
  await writeResource(deps, admin, { resource, replace: false });
  const call = await keyCall(createSigner());
  const { challenge } = await createJoinChallenge(deps, call);
  const join = async (proof: IamProof, from = call) =>
    await joinHostByIam(deps, from, { token_name: "proxy", proof, version: "1" });
  return { deps, call, challenge, join };
}

const sign = (
  challenge: string,
  credentials: AwsCredentials = credentialsOf(sts, roleOf(home, "proxy")),
): Promise<IamProof> => signIdentity({ region, credentials }, challenge);

type AwsCredentials = NonNullable<Parameters<typeof signIdentity>[0]["credentials"]>;

/** What the audit log is told of the one refusal. */
async function reasonOf(deps: TestDeps): Promise<string> {
  const refused = (await allEvents(deps)).filter(({ code }) => code === "TJ002E");
  expect(refused).toHaveLength(1);
  return refused.map((event) => ("message" in event ? event.message : "")).join();
}

const notAdmitted = { code: "access.denied" };

test("a host in the role that the token names is admitted, and STS saw exactly the request that was signed", async () => {
  const { deps, challenge, join } = await createScene();
  const before = sts.seen.length;
  const identity = await join(await sign(challenge));
  expect(new X509Certificate(identity.certificate).checkHost("db.example.com")).toBe("db.example.com");
  const sent = sts.seen.slice(before);
  expect(sent).toMatchObject([{ method: "POST", url: "/", status: 200 }]);
  const headers = sent[0]?.headers ?? {};
  expect(sent[0]?.body).toBe("Action=GetCallerIdentity&Version=2011-06-15");
  expect(headers).toMatchObject({ [challengeHeader]: challenge });
  expect(Object.keys(headers).sort()).toEqual([
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    challengeHeader,
  ]);
  expect(await allEvents(deps)).toContainEqual(
    expect.objectContaining({
      code: "TJ002I",
      aws_account: home,
      aws_arn: `arn:aws:sts::${home}:assumed-role/proxy/task-1`,
    }),
  );
});

test.each<[string, (challenge: string) => string]>([
  ["another cluster", (challenge) => challenge.replace("//test/", "//other/")],
  [
    "another key",
    (challenge) => challenge.replace(/join\/(.)/, (_, first) => `join/${first === "A" ? "B" : "A"}`),
  ],
  ["another time", (challenge) => `${challenge}A`],
  ["nobody", () => ""],
])("a proof that was signed for %s is refused", async (_, change) => {
  const { deps, challenge, join } = await createScene();
  await expect(join(await sign(change(challenge)))).rejects.toMatchObject(notAdmitted);
  expect(await reasonOf(deps)).toContain("SignatureDoesNotMatch");
});

test("a proof is good once", async () => {
  const { join, challenge, deps } = await createScene();
  const proof = await sign(challenge);
  await join(proof);
  await expect(join(proof)).rejects.toMatchObject(notAdmitted);
  expect(await reasonOf(deps)).toContain("challenge");
});

test("whoever catches a proof on its way can't use it for a key of his own", async () => {
  const { deps, join, challenge } = await createScene();
  const proof = await sign(challenge);
  const mallory = await keyCall(createSigner());
  await createJoinChallenge(deps, mallory);
  await expect(join(proof, mallory)).rejects.toMatchObject(notAdmitted);
  expect(await reasonOf(deps)).toContain("SignatureDoesNotMatch");
});

test.each<[string, Partial<IamProof>, string]>([
  ["another date", { date: "20200101T000000Z" }, "SignatureDoesNotMatch"],
  ["another session's token", { security_token: "abcd" }, "InvalidClientTokenId"],
  ["another endpoint", { host: "sts.eu-central-1.amazonaws.com" }, "SignatureDoesNotMatch"],
  ["the global endpoint", { host: "sts.amazonaws.com" }, "SignatureDoesNotMatch"],
  ["a signature of zeros", { signature: "0".repeat(64) }, "SignatureDoesNotMatch"],
])("a proof with %s is refused", async (_, change, code) => {
  const { deps, challenge, join } = await createScene();
  await expect(join({ ...(await sign(challenge)), ...change })).rejects.toMatchObject(notAdmitted);
  expect(await reasonOf(deps)).toContain(code);
});

test("the credentials must be known, and good still", async () => {
  const made = { accessKeyId: "ASIAEXAMPLEEXAMPLE12", secretAccessKey: "x", sessionToken: "y" };
  const role = roleOf(home, "proxy");
  // Without an end, of which the SDK would think by itself.
  const { expiration: _, ...over } = credentialsOf(sts, role, "task-1", -minute);
  for (const [credentials, code] of [
    [made, "InvalidClientTokenId"],
    [{ ...credentialsOf(sts, role), secretAccessKey: "x" }, "SignatureDoesNotMatch"],
    [over, "ExpiredToken"],
  ] as const) {
    const { deps, challenge, join } = await createScene();
    const proof = await sign(challenge, credentials);
    await expect(join(proof)).rejects.toMatchObject(notAdmitted);
    expect(await reasonOf(deps)).toContain(code);
  }
});

test("a host whose clock is an hour behind is refused, and the log says so", async () => {
  const ahead = await startStandIn([], () => Date.now() + hour);
  onTestFinished(() => ahead.stop());
  const { deps, challenge, join } = await createScene([proxyRole], createPrincipalVerifier(ahead));
  const credentials = credentialsOf(ahead, roleOf(home, "proxy"), "task-1", 2 * hour);
  await expect(join(await sign(challenge, credentials))).rejects.toMatchObject(notAdmitted);
  expect(await reasonOf(deps)).toContain("Signature expired");
});

test("nothing is sent anywhere for a proof that isn't for STS", async () => {
  const before = sts.seen.length;
  for (const host of [
    "127.0.0.1",
    "sts.evil.example",
    `localhost:${sts.port}`,
    "sts.us-west-1.amazonaws.com:1",
  ]) {
    const { deps, challenge, join } = await createScene();
    await expect(join({ ...(await sign(challenge)), host })).rejects.toMatchObject(notAdmitted);
    expect(await reasonOf(deps)).toContain("expected an endpoint of STS");
  }
  expect(sts.seen).toHaveLength(before);
});

test.each<[string, AllowRule, string]>([
  ["of another role", proxyRole, roleOf(home, "intern")],
  ["of another account", { aws_account: away }, roleOf(home, "proxy")],
  [
    "of a role whose name is longer",
    { aws_account: home, aws_arn: roleOf(home, "prox") },
    roleOf(home, "proxy"),
  ],
])("a host %s is not admitted, and the log says who came", async (_, rule, role) => {
  const { deps, challenge, join } = await createScene([rule]);
  const proof = await sign(challenge, credentialsOf(sts, role));
  await expect(join(proof)).rejects.toMatchObject(notAdmitted);
  expect(await reasonOf(deps)).toContain(`:assumed-role/${role.slice(role.lastIndexOf("/") + 1)}/task-1`);
});

test("a session that calls itself like the role isn't in it", async () => {
  const { challenge, join } = await createScene();
  const posing = credentialsOf(sts, roleOf(home, "intern"), "proxy");
  await expect(join(await sign(challenge, posing))).rejects.toMatchObject(notAdmitted);
});

describe("an STS that isn't itself", () => {
  /** https under the names of AWS, by a CA that is trusted; or by another, which isn't. */
  async function startHostile(listener: RequestListener) {
    const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
    const authority = await issueCertificate({ commonName: "CA", isAuthority: true, ...times });
    const names = { dns: [`sts.${region}.amazonaws.com`], ip: [] };
    const { certificate, key } = await issueCertificate({
      commonName: "x",
      names,
      issuer: authority,
      ...times,
    });
    const server = createServer({ cert: certificate, key }, listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo; // it listens on TCP
    return { host: "127.0.0.1", port, ca: authority.certificate };
  }

  test.each<[string, RequestListener, string]>([
    [
      "points elsewhere",
      (_, answer) => answer.writeHead(302, { location: "https://localhost/" }).end(),
      "status 302",
    ],
    [
      "answers XML that says who it is",
      (_, answer) => answer.end("<GetCallerIdentityResponse/>"),
      "could not be read",
    ],
    [
      "answers another account's shape",
      (_, answer) => answer.end('{"Account":"111111111111"}'),
      "could not be read",
    ],
  ])("and %s lets nobody in", async (_, listener, reason) => {
    const verifier = createPrincipalVerifier(await startHostile(listener));
    const { deps, challenge, join } = await createScene([proxyRole], verifier);
    await expect(join(await sign(challenge))).rejects.toMatchObject(notAdmitted);
    expect(await reasonOf(deps)).toContain(reason);
  });

  test.each<[string, RequestListener]>([
    ["answers without end", (_, answer) => answer.write("x".repeat(20_000))],
    ["fails", (_, answer) => answer.writeHead(500).end()],
    ["hangs up", (request) => request.socket.destroy()],
    ["never answers", () => undefined],
  ])("and %s is as good as none", async (_, listener) => {
    const verifier = createPrincipalVerifier(await startHostile(listener));
    const { challenge, join } = await createScene([proxyRole], verifier);
    await expect(join(await sign(challenge))).rejects.toMatchObject({ code: "service.unavailable" });
  });

  test("and whose certificate another CA signed is sent nothing", async () => {
    const asked: string[] = [];
    const hostile = await startHostile((request) => void asked.push(request.url ?? ""));
    const { challenge, join } = await createScene(
      [proxyRole],
      createPrincipalVerifier({ ...hostile, ca: sts.ca }),
    );
    await expect(join(await sign(challenge))).rejects.toMatchObject({ code: "service.unavailable" });
    expect(asked).toEqual([]);
  });
});
