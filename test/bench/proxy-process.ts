/**
 * The proxy of the benchmark, in a process of its own: everybody is let in, with a password in the IAM token's place,
 * as it dials PostgreSQL itself and not the stand-in. Records go over HTTP, proven and parsed, as they always do.
 */
import { readFileSync } from "node:fs";
import { createControlPlane } from "@postern/proxy/control-plane";
import { createLog } from "@postern/proxy/log";
import { startProxy } from "@postern/proxy/proxy";
import { issue } from "../proxy/support/certificates.ts";
import { fakeControlPlane } from "../proxy/support/fake-control-plane.ts";

const [folder = "", pgPort = "", caFile = "", password = "", sinkUrl = ""] = process.argv.slice(2);

const control = await fakeControlPlane((request, sid) => ({
  decision: "allow",
  decision_id: "de_bench",
  sid,
  user: "bench",
  login_session: "ls_bench",
  account: "ac_test",
  database: "bench",
  db_user: request.db_user,
  db_name: request.db_name,
  endpoint: { host: "localhost", port: Number(pgPort), ca_cert_pem: readFileSync(caFile, "utf8") },
  iam_token: password,
  ends_at: new Date(Date.now() + 3_600_000).toISOString(),
}));

const proxy = await startProxy({
  dataDir: folder,
  listen: { host: "127.0.0.1", port: 0 },
  join: (controlPlane) => controlPlane.join({ token: "token", version: "bench" }),
  serves: { public_addr: "localhost:5440", databases: [] },
  defaultAuthorities: [],
  connect: (key) => {
    const sink = createControlPlane({ url: sinkUrl, key, accessToken: () => "token" });
    return { ...control.connect(key), ingestAudit: (request) => sink.ingestAudit(request) };
  },
  version: "bench",
  now: Date.now,
  log: createLog("error"),
});

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ type: "usage", cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
});
process.on("disconnect", () => process.exit(0));

const client = await issue(control.userCa, { name: "bench", usage: "clientAuth" });
process.send?.({ type: "ready", port: proxy.port, client, hostCa: control.hostCa.certificate });
