import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { minute } from "@postern/core/time";
import { expect, onTestFinished, test } from "vitest";
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
const role = { arn: "arn:aws:iam::222222222222:role/db-login", externalId: "from-postern" };

const own = async () => ({ accessKeyId: "AKIDOWN", secretAccessKey: "own-secret" });

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
}

/** An STS that answers the same to everybody, and remembers what it was asked. */
async function startSts(status: number, answer: string): Promise<{ endpoint: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      asked.push({ headers: incoming.headers, form: new URLSearchParams(Buffer.concat(chunks).toString()) });
      response.writeHead(status, { "content-type": "text/xml" }).end(answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }; // it listens on TCP
}

function assumed(expiration: number): string {
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-session</SessionToken>
    <Expiration>${new Date(expiration).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

function refused(code: string, message: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>
    <Message>${message}</Message></Error></ErrorResponse>`;
}

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

test("where the database names a role, it is assumed for the person, and signs", async () => {
  const now = Date.now();
  const { endpoint, asked } = await startSts(200, assumed(now + 10 * minute));
  const signer = createRdsIamSigner({ clock: () => now, credentials: own, stsEndpoint: endpoint });
  const { token, expiresAt } = await signer.sign({ ...request, assumeRole: role });
  expect(Object.fromEntries(asked[0]?.form ?? [])).toMatchObject({
    Action: "AssumeRole",
    RoleArn: role.arn,
    ExternalId: "from-postern",
    SourceIdentity: "alice",
    RoleSessionName: "alice",
    DurationSeconds: "900",
  });
  expect(asked[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDOWN\/\d{8}\/us-west-1\/sts\//,
  );
  const query = new URL(`https://${token}`).searchParams;
  expect(query.get("X-Amz-Credential")).toMatch(/^ASIAROLE\//);
  expect(query.get("X-Amz-Security-Token")).toBe("role-session");
  expect(expiresAt).toBe(Math.floor(now / 1) + 10 * minute);
});

test("a name of one letter is made long enough for STS, and no other's", async () => {
  const { endpoint, asked } = await startSts(200, assumed(Date.now() + 10 * minute));
  const signer = createRdsIamSigner({ clock: Date.now, credentials: own, stsEndpoint: endpoint });
  await signer.sign({ ...request, assumeRole: { ...role, externalId: null }, sourceIdentity: "a" });
  expect(asked[0]?.form.get("SourceIdentity")).toBe("a=");
  expect(asked[0]?.form.has("ExternalId")).toBe(false);
});

test("without credentials the fault names the provider chain", async () => {
  const none = async () => {
    throw new Error("Could not load credentials from any providers");
  };
  const signing = createRdsIamSigner({ clock: Date.now, credentials: none }).sign(request);
  await expect(signing).rejects.toMatchObject({
    code: "cloud.credentials",
    message: expect.stringContaining("instance metadata"),
    data: { hint: expect.stringContaining("hop limit") },
  });
});

test.each([
  [
    403,
    "AccessDenied",
    "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole",
    "cloud.refused",
  ],
  [
    403,
    "ExpiredTokenException",
    "The security token included in the request is expired",
    "cloud.credentials",
  ],
  [403, "InvalidClientTokenId", "The security token included in the request is invalid", "cloud.credentials"],
] as const)("STS's %i %s is the fault %s", async (status, code, message, fault) => {
  const { endpoint } = await startSts(status, refused(code, message));
  const signer = createRdsIamSigner({ clock: Date.now, credentials: own, stsEndpoint: endpoint });
  await expect(signer.sign({ ...request, assumeRole: role })).rejects.toMatchObject({ code: fault });
});

test("a refused role names both roles and where to look", async () => {
  const message = "User: arn:aws:iam::1:role/authorize is not authorized to perform: sts:AssumeRole";
  const { endpoint } = await startSts(403, refused("AccessDenied", message));
  const signer = createRdsIamSigner({ clock: Date.now, credentials: own, stsEndpoint: endpoint });
  const failure: unknown = await signer
    .sign({ ...request, assumeRole: role })
    .catch((error: unknown) => error);
  expect(String(failure)).toContain(role.arn);
  expect(String(failure)).toContain("role/authorize");
  expect(failure).toMatchObject({ data: { hint: expect.stringContaining("trust policy") } });
});
