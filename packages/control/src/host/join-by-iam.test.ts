import { X509Certificate } from "node:crypto";
import type { CallerIdentity } from "@postern/core/iam/allow-rule";
import type { JoinToken } from "@postern/core/resource/token";
import { hour, minute } from "@postern/core/time";
import { expect, test } from "vitest";
import {
  admin,
  allEvents,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  loginAs,
  type TestDeps,
  type TestKey,
} from "../identity/test-support.ts";
import type { VerifiedPrincipal } from "../ports.ts";
import { deleteResource } from "../resource/delete.ts";
import { getResource } from "../resource/get.ts";
import { deleteToken, listTokens } from "../resource/token.ts";
import { writeResource } from "../resource/write.ts";
import { createJoinChallenge } from "./challenge.ts";
import { joinHostByIam } from "./join-by-iam.ts";
import { loadHost } from "./record.ts";
import { renewHost } from "./renew.ts";

const account = "111111111111";
const proxy: CallerIdentity = { account, arn: `arn:aws:sts::${account}:assumed-role/proxy/task-1` };
const proof = {
  host: "sts.us-west-1.amazonaws.com",
  date: "20260304T100000Z",
  credential: "ASIAEXAMPLEEXAMPLE12/20260304/us-west-1/sts/aws4_request",
  signature: "0a".repeat(32),
};

/** STS's part: it says that the signer is `who`, and remembers which challenge it saw. */
function createScene(who: CallerIdentity = proxy): { deps: TestDeps; challenges: string[] } {
  const challenges: string[] = [];
  const verify = async (_: unknown, challenge: string) => {
    challenges.push(challenge);
    return { type: "verified", principal: who as VerifiedPrincipal } as const; // in STS's place
  };
  return { deps: { ...createDeps(), principals: { verify } }, challenges };
}

function token(spec: Partial<JoinToken["spec"]> = {}, name = "proxy"): JoinToken {
  const allow = [{ aws_account: account, aws_arn: `arn:aws:iam::${account}:role/proxy` }];
  const whole: JoinToken["spec"] = { roles: ["Db"], join_method: "iam", allow, names: ["DB.example.com"] };
  return { kind: "token", version: "v2", metadata: { name }, spec: { ...whole, ...spec } };
}

async function write(deps: TestDeps, resource: JoinToken = token(), call: typeof admin = admin) {
  return await writeResource(deps, call, { resource, replace: true });
}

async function join(deps: TestDeps, { key = createSigner(), name = "proxy", ...sent }: Sent = {}) {
  const call = await keyCall(key);
  if (sent.challenge !== false) await createJoinChallenge(deps, call);
  const request = { token_name: name, proof: { ...proof, ...sent.proof }, version: "1" };
  return await joinHostByIam(deps, call, request);
}

interface Sent {
  key?: TestKey;
  name?: string;
  proof?: object;
  challenge?: false;
}

async function reasons(deps: TestDeps): Promise<(string | undefined)[]> {
  const events = (await allEvents(deps)).filter(({ code }) => code === "TJ002E");
  return events.map((event) => ("message" in event ? event.message : undefined));
}

test("a host whose principal a rule admits gets an identity for its key and the token's names", async () => {
  const { deps, challenges } = createScene();
  await write(deps);
  const key = createSigner();
  const identity = await join(deps, { key });
  const certificate = new X509Certificate(identity.certificate);
  expect(certificate.publicKey.equals(key.publicKeyObject)).toBe(true);
  expect(certificate.checkHost("db.example.com")).toBe("db.example.com");
  const { caller } = await keyCall(key);
  expect(challenges).toEqual([expect.stringContaining(`postern://test/join/${caller.thumbprint}/`)]);
  expect(await loadHost(deps, identity.host_id)).toMatchObject({ aws: proxy, token_name: "proxy" });
  expect(await allEvents(deps)).toContainEqual(
    expect.objectContaining({
      code: "TJ002I",
      method: "iam",
      token_name: "proxy",
      aws_account: account,
      aws_arn: proxy.arn,
    }),
  );
});

test("every refusal reads alike to the host; the audit log tells which it was", async () => {
  const { deps } = createScene();
  await write(deps);
  await write(deps, token({ allow: [{ aws_account: "222222222222" }] }, "others"));
  const { principals } = createDeps();
  const refused = [
    join(deps, { name: "nobody" }),
    join(deps, { name: "\ud800" }),
    join(deps, { name: "others" }),
    join(deps, { challenge: false }),
    join(deps, { proof: { host: "sts.evil.example" } }),
    join({ ...deps, principals }),
  ];
  const faults = await Promise.all(refused.map((each) => each.catch((error: unknown) => error)));
  for (const fault of faults) {
    expect(fault).toMatchObject({ code: "access.denied" });
    expect(String(fault)).toBe(String(faults[0]));
  }
  const told = await reasons(deps);
  expect(told).toHaveLength(6);
  for (const reason of ["no such token", "no rule", "challenge", "host: expected an endpoint", "nobody"]) {
    expect(told.filter((message) => message?.includes(reason)).length).toBeGreaterThan(0);
  }
});

test("a challenge is good once, for its key and for two minutes; the next takes its place", async () => {
  const { deps, challenges } = createScene();
  await write(deps);
  const key = createSigner();
  const call = await keyCall(key);
  const first = await createJoinChallenge(deps, call);
  const second = await createJoinChallenge(deps, call);
  expect(first.challenge).not.toBe(second.challenge);
  await join(deps, { key, challenge: false });
  expect(challenges).toEqual([second.challenge]);
  await expect(join(deps, { key, challenge: false })).rejects.toMatchObject({ code: "access.denied" });
  await createJoinChallenge(deps, call);
  await expect(join(deps, { challenge: false })).rejects.toMatchObject({ code: "access.denied" });
  deps.advance(2 * minute);
  await expect(join(deps, { key, challenge: false })).rejects.toMatchObject({ code: "access.denied" });
  expect(challenges).toHaveLength(1);
});

test("of two joins with one challenge at once, one is admitted", async () => {
  const { deps } = createScene();
  await write(deps);
  const key = createSigner();
  await createJoinChallenge(deps, await keyCall(key));
  const both = [join(deps, { key, challenge: false }), join(deps, { key, challenge: false })];
  const results = await Promise.allSettled(both);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a host is renewed as its token is now: other names, other rules, or none any more", async () => {
  const { deps } = createScene();
  await write(deps);
  const key = createSigner();
  const { host_id } = await join(deps, { key });
  const renew = async () => await renewHost(deps, await keyCall(key), { host_id });
  deps.advance(48 * hour);
  await write(deps, token({ names: ["new.example.com"] }));
  expect(new X509Certificate((await renew()).certificate).checkHost("new.example.com")).toBeDefined();
  await write(deps, token({ allow: [{ aws_account: "222222222222" }] }));
  await expect(renew()).rejects.toMatchObject({ code: "auth.invalid" });
  await write(deps);
  await renew();
  deps.advance(minute); // events of one moment have no order
  await deleteResource(deps, admin, { kind: "token", name: "proxy" });
  await expect(renew()).rejects.toMatchObject({ code: "auth.invalid" });
  const events = (await allEvents(deps)).filter(({ code }) => code === "TJ002E");
  expect(events).toMatchObject([
    { method: "iam", host_id },
    { method: "iam", host_id },
  ]);
  expect(await reasons(deps)).toEqual([
    expect.stringContaining("no rule"),
    expect.stringContaining("is gone"),
  ]);
});

test("its writer's rights bound what the token's hosts may register, whoever wrote it before", async () => {
  const { deps } = createScene();
  await createRole(deps, "tokens", {
    allow: { rules: [{ resources: ["token"], verbs: ["create", "update", "list"] }] },
  });
  await createUser(deps, "bob", ["tokens"]);
  const { call } = await loginAs(deps, "bob");
  await write(deps);
  await writeResource(deps, call, { resource: token(), replace: true });
  const { host_id } = await join(deps);
  expect(await loadHost(deps, host_id)).toMatchObject({ created_by: { type: "user", name: "bob" } });
  expect((await allEvents(deps)).map(({ code }) => code)).toContain("PJT02I");
});

test("the token is shown as it was written, listed beside secrets, and deleted by its name", async () => {
  const { deps } = createScene();
  await write(deps);
  expect(await getResource(deps, admin, { kind: "token", name: "proxy" })).toEqual(token());
  expect(await listTokens(deps, admin)).toEqual({
    tokens: [
      {
        token: "proxy",
        join_method: "iam",
        roles: ["Db"],
        uses: null,
        expires: null,
        created_by: "local-admin",
      },
    ],
  });
  await deleteToken(deps, admin, { token: "proxy" });
  expect(await listTokens(deps, admin)).toEqual({ tokens: [] });
});
