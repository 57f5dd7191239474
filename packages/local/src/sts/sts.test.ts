import { request } from "node:https";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { hour } from "@postern/core/time";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sts, startSts } from "./sts.ts";

const region = "us-west-1";
const account = "111111111111";
const user = { accessKeyId: "AKIAEXAMPLEEXAMPLE12", secretAccessKey: "user-secret" };
const alice = `arn:aws:iam::${account}:user/alice`;
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

const statement = (more: object) => ({
  Version: "2012-10-17" as const,
  Statement: [{ Effect: "Allow" as const, Action: "sts:AssumeRole", ...more }],
});

let sts: Sts;
beforeAll(async () => {
  const trust = statement({ Principal: { AWS: [alice, role("long"), role("short")] } });
  sts = await startSts({
    accounts: {
      users: [{ ...user, arn: alice }],
      roles: [
        { arn: role("short"), trust, policies: [statement({ Resource: "*" })] },
        { arn: role("long"), trust, maxSessionSeconds: 12 * 3_600 },
      ],
    },
    regions: [region],
    now: Date.now,
  });
});
afterAll(() => sts.stop());

function client(credentials: ConstructorParameters<typeof STSClient>[0] = { credentials: user }): STSClient {
  const lookup = (_: string, __: object, found: (error: null, all: object[]) => void) =>
    found(null, [{ address: sts.host, family: 4 }]);
  return new STSClient({
    region,
    endpoint: `https://sts.${region}.amazonaws.com:${sts.port}`,
    requestHandler: { httpsAgent: { ca: sts.ca, lookup: lookup as never } }, // Node's own type has more overloads
    maxAttempts: 1,
    ...credentials,
  });
}

const assume = (name: string, more: object = {}, from = client()) =>
  from.send(new AssumeRoleCommand({ RoleArn: role(name), RoleSessionName: "session", ...more }));

test("the SDK's client is told who it is, before and after it assumes a role", async () => {
  expect(await client().send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: account,
    Arn: alice,
  });
  const { Credentials: given, AssumedRoleUser } = await assume("short");
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
  const arn = `arn:aws:sts::${account}:assumed-role/short/session`;
  expect(AssumedRoleUser?.Arn).toBe(arn);
  expect(await client({ credentials }).send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: arn });
});

test("durations have bounds: STS's own, the role's, and an hour for roles that are assumed by roles", async () => {
  for (const DurationSeconds of [1, 899, 43_201])
    await expect(assume("long", { DurationSeconds })).rejects.toMatchObject({ name: "ValidationError" });
  await expect(assume("short", { DurationSeconds: 3_601 })).rejects.toThrow("MaxSessionDuration");
  await expect(assume("long", { DurationSeconds: 43_200 })).resolves.toBeDefined();
  const chained = client({ credentials: sts.sessionOf(role("short"), "first", Date.now() + hour) });
  await expect(assume("long", { DurationSeconds: 3_601 }, chained)).rejects.toThrow("role chaining");
  await expect(assume("long", { DurationSeconds: 3_600 }, chained)).resolves.toBeDefined();
});

test("a session's name has characters that fit an ARN", async () => {
  for (const RoleSessionName of ["a", "a b", "x".repeat(65)])
    await expect(assume("short", { RoleSessionName })).rejects.toMatchObject({ name: "ValidationError" });
});

/** Sends a request as it is. */
function send(headers: Record<string, string>, body = "Action=GetCallerIdentity&Version=2011-06-15") {
  const servername = `sts.${region}.amazonaws.com`;
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const options = { host: sts.host, port: sts.port, servername, ca: sts.ca, method: "POST", agent: false };
    const sent = request({ ...options, headers: { host: servername, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    sent.on("error", reject).end(body);
  });
}

test("a request without a signature, or half of one, is refused in AWS's words", async () => {
  const none = await send({});
  expect(none.status).toBe(403);
  expect(none.text).toContain("<Code>MissingAuthenticationToken</Code>");
  const half = await send({ authorization: "AWS4-HMAC-SHA256 Credential=x", accept: "application/json" });
  expect(half).toMatchObject({ status: 400 });
  expect(JSON.parse(half.text)).toMatchObject({ Error: { Code: "IncompleteSignature", Type: "Sender" } });
});

test("a header with a meaning to AWS must be signed", async () => {
  const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${user.accessKeyId}/${now.slice(0, 8)}/${region}/sts/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  const { text } = await send({ authorization, "x-amz-date": now });
  expect(text).toContain("&apos;x-amz-date&apos; must be".replaceAll("&apos;", "'"));
});

test("a policy that says more than the stand-in understands is not taken", async () => {
  const odd = { ...statement({ Principal: { AWS: "*" }, NotAction: "x" }) };
  const accounts = { roles: [{ arn: role("odd"), trust: odd }] };
  await expect(startSts({ accounts, regions: [region], now: Date.now })).rejects.toThrow("NotAction");
});
