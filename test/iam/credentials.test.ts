/** No AWS credentials where they are needed: which places were asked, and what each said, in bounded time. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IamTokens } from "@postern/control/access/iam-tokens";
import { certificateFor, createScene, openDenied, requestWith } from "@postern/control/access/test-support";
import { searchAudit } from "@postern/control/audit/search";
import { createRdsIamSigner } from "@postern/control/cloud/rds-iam";
import { getHealth } from "@postern/control/health/get";
import { admin } from "@postern/control/identity/test-support";
import { signIdentity } from "@postern/proxy/host/iam-proof";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";

const region = "us-west-1";
const request = {
  host: "aurora.example.com",
  port: 5432,
  region,
  dbUser: "alice",
  assumeRole: null,
  sourceIdentity: "alice",
};

let folder: string;

/** A machine that has nothing of AWS. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-aws-"));
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", folder);
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "credentials"));
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What a container sees of instance metadata whose hop limit is 1: a connection, and never an answer. */
async function silentMetadata(): Promise<void> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "false");
  vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${port}`);
  onTestFinished(() => {
    server.close();
  });
}

const places = ["environment", "SSO", "shared files", "process", "web identity token"];

test("in an empty environment every place of the chain is named, with what it said", async () => {
  const fault: unknown = await createRdsIamSigner({ clock: Date.now })
    .sign(request)
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: "cloud.credentials" });
  for (const place of places) expect(String(fault)).toMatch(new RegExp(`${place}: \\w`));
  expect(String(fault)).toContain("EC2 Instance Metadata Service access disabled");
});

test("instance metadata that never answers is named, with the hop limit, in bounded time", async () => {
  await silentMetadata();
  const started = performance.now();
  const fault: unknown = await createRdsIamSigner({ clock: Date.now })
    .sign(request)
    .catch((error: unknown) => error);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(fault).toMatchObject({
    code: "cloud.credentials",
    message: expect.stringMatching(/instance metadata \(IMDS\): no answer$/),
    data: { hint: expect.stringContaining("hop limit") },
  });
});

test("the person sees 08006 and an id; log, audit and health name the chain", async () => {
  const scene = await createScene();
  const deps = { ...scene.deps, iamTokens: new IamTokens(createRdsIamSigner({ clock: Date.now })) };
  const denied = await openDenied({ ...scene, deps }, requestWith(await certificateFor(scene)));
  expect(denied.sqlstate).toBe("08006");
  expect(JSON.stringify(denied)).not.toMatch(/environment|provider|metadata/i);
  const health = await getHealth(deps);
  const { events } = await searchAudit(deps, admin, { limit: 10, event: "db.session.start" });
  for (const told of [scene.reported.join(), health.problems.join(), JSON.stringify(events)]) {
    for (const place of places) expect(told).toContain(`${place}: `);
    expect(told).toContain(denied.decision_id);
  }
});

test("a host that is to join by IAM and has no credentials says where it looked", async () => {
  await expect(signIdentity({ region }, "postern://c")).rejects.toMatchObject({
    code: "cloud.credentials",
    message: expect.stringMatching(/environment: .*SSO: /),
  });
});
