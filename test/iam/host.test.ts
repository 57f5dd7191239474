/** A proxy's own way in, over HTTP: from the credentials of its environment to its identity, and to its next one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPrincipalVerifier } from "@postern/control/cloud/sts-principal";
import { admin, allEvents, createDeps, type TestDeps } from "@postern/control/identity/test-support";
import { deleteResource } from "@postern/control/resource/delete";
import { writeResource } from "@postern/control/resource/write";
import { createFunction } from "@postern/functions/app";
import { joinHandlers } from "@postern/functions/handlers/join";
import type { HttpHandler } from "@postern/local/http/answer";
import { startHttpServer } from "@postern/local/http/server";
import type { Sts } from "@postern/local/sts/sts";
import { createControlPlane } from "@postern/proxy/control-plane";
import { Host } from "@postern/proxy/host/host";
import { joinBy } from "@postern/proxy/host/join";
import { silentLog } from "@postern/proxy/log";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { credentialsOf, home, region, roleOf, startStandIn } from "./support/stand-in.ts";

let sts: Sts;
beforeAll(async () => {
  sts = await startStandIn();
});
afterAll(() => sts.stop());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** As ECS and Lambda give a task its role. */
function runAs(role: string): void {
  const { accessKeyId, secretAccessKey, sessionToken } = credentialsOf(sts, roleOf(home, role));
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
}

/** A control plane with a token `proxy`, and a folder for a host's state. */
async function createScene() {
  let handle: HttpHandler = () => Promise.resolve({ statusCode: 503 });
  const origins: string[] = [];
  const server = await startHttpServer({ port: 0, origins, handle: (event) => handle(event) });
  const url = `http://localhost:${server.port}`;
  origins.push(url);
  const fixed = createDeps();
  const config = { ...fixed.config, origins: [url] as const };
  const deps: TestDeps = { ...fixed, clock: Date.now, config, principals: createPrincipalVerifier(sts) };
  handle = createFunction("join", joinHandlers, deps);
  await writeResource(deps, admin, {
    resource: {
      kind: "token",
      version: "v2",
      metadata: { name: "proxy" },
      spec: {
        roles: ["Db"],
        join_method: "iam",
        allow: [{ aws_account: home, aws_arn: roleOf(home, "proxy") }],
        names: ["db.example.com"],
      },
    },
    replace: false,
  });
  const dataDir = mkdtempSync(join(tmpdir(), "postern-host-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(dataDir, { recursive: true });
  });
  const start = () =>
    Host.start({
      dataDir,
      join: joinBy({
        method: { method: "iam", token_name: "proxy" },
        folder: dataDir,
        region,
        version: "test",
        warn: () => undefined,
      }),
      publicAddr: "db.example.com:5440",
      now: Date.now,
      log: silentLog,
      connect: (key, accessToken) => createControlPlane({ url, key, accessToken }),
    });
  return { deps, start };
}

const heartbeat = { public_addr: "db.example.com:5440", version: "test", databases: [] };

test("a host joins as its task's role, says that it lives, and renews without asking STS again", async () => {
  const { start } = await createScene();
  runAs("proxy");
  const first = await start();
  await expect(first.controlPlane.heartbeat(heartbeat)).resolves.toMatchObject({ refused: [] });
  const asked = sts.seen.length;
  const second = await start();
  expect(second.identity.host_id).toBe(first.identity.host_id);
  expect(second.identity.certificate).not.toBe(first.identity.certificate);
  expect(sts.seen).toHaveLength(asked);
});

test("in another role it is told no more than that it may not", async () => {
  const { deps, start } = await createScene();
  runAs("intern");
  const refused: unknown = await start().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "access.denied" });
  expect(JSON.stringify(refused) + String(refused)).not.toMatch(/arn:|\d{12}/);
  expect(await allEvents(deps)).toContainEqual(
    expect.objectContaining({ code: "TJ002E", method: "iam", message: expect.stringContaining("/intern/") }),
  );
});

test("once the token is gone a host is neither renewed nor admitted anew", async () => {
  const { deps, start } = await createScene();
  runAs("proxy");
  await start();
  await deleteResource(deps, admin, { kind: "token", name: "proxy" });
  await expect(start()).rejects.toMatchObject({ code: "access.denied" });
});
