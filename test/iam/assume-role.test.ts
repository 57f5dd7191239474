/** `sts:AssumeRole` refused for each reason that there is, by an STS that decides for itself; and what each sees of it. */

import { IamTokens } from "@postern/control/access/iam-tokens";
import {
  certificateFor,
  createScene,
  openDenied,
  requestWith,
  type Scene,
} from "@postern/control/access/test-support";
import { searchAudit } from "@postern/control/audit/search";
import { createRdsIamSigner } from "@postern/control/cloud/rds-iam";
import { getHealth } from "@postern/control/health/get";
import { heartbeat } from "@postern/control/host/heartbeat";
import { admin } from "@postern/control/identity/test-support";
import type { IamTokenRequest } from "@postern/control/ports";
import { hour, minute } from "@postern/core/time";
import type { Sts } from "@postern/local/sts/sts";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  away,
  credentialsOf,
  home,
  mayAssume,
  policy,
  region,
  roleOf,
  startStandIn,
  trust,
} from "./support/stand-in.ts";

const authorize = roleOf(home, "authorize");
const login = roleOf(away, "db-login");
const near = roleOf(home, "near");
const root = `arn:aws:iam::${home}:root`;
const lambda = trust([root]);
const everything = mayAssume("*");

/** Who may not, and why: each role differs from `authorize` in one policy, or each role to assume. */
const roles = [
  { arn: authorize, trust: lambda, policies: [everything] },
  { arn: roleOf(home, "powerless"), trust: lambda },
  { arn: roleOf(home, "elsewhere"), trust: lambda, policies: [mayAssume(roleOf(away, "other"))] },
  { arn: roleOf(home, "anonymous"), trust: lambda, policies: [mayAssume("*", "sts:AssumeRole")] },
  {
    arn: roleOf(home, "forbidden"),
    trust: lambda,
    policies: [everything, policy({ Effect: "Deny", Action: "sts:*", Resource: login })],
  },
  {
    arn: roleOf(home, "bounded"),
    trust: lambda,
    policies: [everything],
    boundary: policy({ Effect: "Allow", Action: "rds-db:connect", Resource: "*" }),
  },
  { arn: login, trust: trust([root, authorize]) },
  { arn: near, trust: trust([root]) },
  { arn: roleOf(home, "trusts-nobody"), trust: policy() },
  {
    arn: roleOf(home, "denies"),
    trust: policy({ Effect: "Deny", Principal: { AWS: [root] }, Action: "sts:*" }),
  },
  { arn: roleOf(away, "trusts-nobody"), trust: trust(["arn:aws:iam::333333333333:root"]) },
  {
    arn: roleOf(away, "asks-external-id"),
    trust: trust([root], { Condition: { StringEquals: { "sts:ExternalId": "postern-1" } } }),
  },
];

let sts: Sts;
beforeAll(async () => {
  sts = await startStandIn(roles);
});
afterAll(() => sts.stop());

function signerAs(role: string) {
  const credentials = async () => credentialsOf(sts, role, "authorize");
  return createRdsIamSigner({ clock: Date.now, credentials, sts });
}

const request = (arn: string, externalId: string | null = null): IamTokenRequest => ({
  host: "aurora.example.com",
  port: 5432,
  region,
  dbUser: "alice",
  assumeRole: { arn, externalId },
  sourceIdentity: "alice",
});

test("a role that may is assumed for the person, and signs", async () => {
  const { token, expiresAt } = await signerAs(authorize).sign(request(login));
  const query = new URL(`https://${token}`).searchParams;
  expect(query.get("X-Amz-Credential")).toMatch(/^ASIA[0-9A-F]{16}\/\d{8}\/us-west-1\/rds-db\/aws4_request$/);
  expect(query.get("X-Amz-Security-Token")).toBeTruthy();
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + 15 * minute);
  const form = new URLSearchParams(sts.seen.at(-1)?.body);
  expect(Object.fromEntries(form)).toMatchObject({
    Action: "AssumeRole",
    RoleArn: login,
    SourceIdentity: "alice",
    RoleSessionName: "alice",
    DurationSeconds: "900",
  });
});

test("the external id that a database names opens a trust policy that asks for it", async () => {
  const signed = signerAs(authorize).sign(request(roleOf(away, "asks-external-id"), "postern-1"));
  await expect(signed).resolves.toHaveProperty("token");
});

test("a name of one letter is made long enough for STS", async () => {
  await signerAs(authorize).sign({ ...request(login), sourceIdentity: "a" });
  expect(new URLSearchParams(sts.seen.at(-1)?.body).get("SourceIdentity")).toBe("a=");
});

const session = (name: string): string => `arn:aws:sts::${home}:assumed-role/${name}/authorize`;

/** Where AWS names no policy, each is, in the order in which to look. */
const unsaid =
  /doesn't say by which policy; look at the role's trust policy, .*permission policy, .*permissions boundary/;

/** Who assumes, which role, and where an admin is told to look. */
test.each<[why: string, as: string, role: string, externalId: string | null, look: RegExp]>([
  [
    "no permission policy allows it",
    "powerless",
    near,
    null,
    /look at the permission policy of the role that assumes/,
  ],
  ["its permission policy is for another role", "elsewhere", login, null, /look at the permission policy/],
  [
    "its permission policy forgets the source identity",
    "anonymous",
    login,
    null,
    /look at the permission policy/,
  ],
  ["its permission policy denies it", "forbidden", login, null, /look at the permission policy/],
  [
    "its permissions boundary doesn't allow it",
    "bounded",
    login,
    null,
    /look at the permissions boundary of the role/,
  ],
  ["no trust policy names it", "authorize", roleOf(home, "trusts-nobody"), null, /look at the trust policy/],
  ["the trust policy denies it", "authorize", roleOf(home, "denies"), null, /look at the trust policy/],
  [
    "another account's trust policy doesn't name it",
    "authorize",
    roleOf(away, "trusts-nobody"),
    null,
    /doesn't say/,
  ],
  ["the external id is missing", "authorize", roleOf(away, "asks-external-id"), null, unsaid],
  ["the external id is another", "authorize", roleOf(away, "asks-external-id"), "wrong-id", unsaid],
  ["there is no such role", "authorize", roleOf(away, "none"), null, unsaid],
])("where %s, the fault names both roles and where to look", async (_, as, role, externalId, look) => {
  const signing = signerAs(roleOf(home, as)).sign(request(role, externalId));
  const fault: unknown = await signing.catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: "cloud.refused", message: expect.stringMatching(look) });
  expect(String(fault)).toContain(`${session(as)} could not assume ${role}`);
});

test.each([
  ["over", "ExpiredToken", () => credentialsOf(sts, authorize, "authorize", -hour)],
  ["unknown", "InvalidClientTokenId", () => ({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" })],
  ["wrong", "SignatureDoesNotMatch", () => ({ ...credentialsOf(sts, authorize), secretAccessKey: "x" })],
])("credentials of ours that are %s are a problem of credentials (%s)", async (_, code, make) => {
  // Without their end, of which the SDK would think by itself.
  const { expiration: _end, ...credentials } = { expiration: undefined, ...make() };
  const signer = createRdsIamSigner({ clock: Date.now, credentials: async () => credentials, sts });
  await expect(signer.sign(request(login))).rejects.toMatchObject({
    code: "cloud.credentials",
    message: expect.stringContaining(code),
  });
});

test("whether an external id was sent is told to the admin, and not which", async () => {
  const role = roleOf(away, "asks-external-id");
  const hintFor = async (externalId: string | null) => {
    const fault: unknown = await signerAs(authorize)
      .sign(request(role, externalId))
      .catch((error: unknown) => error);
    return JSON.stringify([fault, String(fault)]);
  };
  expect(await hintFor(null)).toContain("no external id was sent");
  expect(await hintFor("wrong-id")).toContain("an external id was sent");
  expect(await hintFor("wrong-id")).not.toContain("wrong-id");
});

test("a clock of ours that is an hour behind is set right by what STS says of its own", async () => {
  const ahead = await startStandIn(roles, () => Date.now() + hour);
  onTestFinished(() => ahead.stop());
  const credentials = async () => credentialsOf(ahead, authorize, "authorize", 2 * hour);
  const signer = createRdsIamSigner({ clock: Date.now, credentials, sts: ahead });
  await expect(signer.sign(request(login))).resolves.toHaveProperty("token");
  expect(ahead.seen.map(({ status }) => status)).toEqual([403, 200]);
});

test("an STS that isn't there is told in bounded time", async () => {
  const gone = await startStandIn(roles);
  await gone.stop();
  const credentials = async () => credentialsOf(sts, authorize);
  const signer = createRdsIamSigner({ clock: Date.now, credentials, sts: gone });
  const started = performance.now();
  await expect(signer.sign(request(login))).rejects.toMatchObject({ code: "service.unavailable" });
  expect(performance.now() - started).toBeLessThan(10_000);
});

/** A database whose logins a role of another account signs, served by the scene's host. */
async function serveFor(scene: Scene, role: string): Promise<void> {
  const aws = { region, account_id: away, resource_id: null, assume_role_arn: role, external_id: null };
  const spec = {
    protocol: "postgres",
    uri: "far.example.com:5432",
    tls: { ca_cert_pem: null },
    aws,
  } as const;
  const database = { name: "far", description: "", labels: { env: "dev" }, spec };
  await heartbeat(scene.deps, scene.host, {
    public_addr: "db.example.com:5440",
    version: "1",
    databases: [database],
  });
}

test.each([
  ["permission policy", "powerless", login],
  ["permissions boundary", "bounded", login],
  ["trust policy", "authorize", roleOf(home, "trusts-nobody")],
])(
  "for want of the %s the person sees 08006 and an id, the admin both roles",
  async (policyKind, as, role) => {
    const scene = await createScene();
    await serveFor(scene, role);
    const deps = { ...scene.deps, iamTokens: new IamTokens(signerAs(roleOf(home, as))) };
    const credential = await certificateFor(scene, { database: "far" });
    const denied = await openDenied({ ...scene, deps }, requestWith(credential));
    expect(denied.sqlstate).toBe("08006");
    expect(JSON.stringify(denied)).not.toMatch(/arn:|sts:|\d{12}/);

    const { events } = await searchAudit(deps, admin, { limit: 10, event: "db.session.start" });
    const [event] = events.flatMap((each) => (each.event === "db.session.start" ? [each] : []));
    expect(event).toMatchObject({ code: "TDB00W", decision_id: denied.decision_id });
    const told = event?.reasons?.join() ?? "";
    for (const part of [session(as), role, policyKind]) expect(told).toContain(part);

    expect(scene.reported.join()).toContain(`${denied.decision_id}: ${session(as)} could not assume ${role}`);
    const health = (await getHealth(deps)).problems.join();
    expect(health).toContain(policyKind);
    expect(health).toContain(denied.decision_id);
    expect(health).not.toMatch(/arn:|\d{12}/);
  },
);
