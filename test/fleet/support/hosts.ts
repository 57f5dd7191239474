/** Several proxies in this process that know of each other, before a control plane that lets everybody in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProofKey } from "@postern/client/proof";
import type { HeartbeatRequest, Peer } from "@postern/core/api/host";
import type { HostIdentity } from "@postern/core/api/join";
import { formatHostUri } from "@postern/core/credential/host-uri";
import { createId } from "@postern/core/id";
import type { ControlPlane } from "@postern/proxy/control-plane";
import { createLog, silentLog } from "@postern/proxy/log";
import { type Proxy, startProxy } from "@postern/proxy/proxy";
import { type Certificate, hour, issue } from "../../proxy/support/certificates.ts";
import { type FakeControlPlane, fakeControlPlane } from "../../proxy/support/fake-control-plane.ts";
import { allow, type Database, endpointOf } from "../../proxy/support/stage.ts";

export const cluster = "test";

export interface Hosts {
  readonly control: FakeControlPlane;
  /** A user's. */
  readonly client: Certificate;
  /** What the control plane tells of every host. */
  readonly peers: Peer[];
  /** What hosts said last, by their id. */
  readonly said: Map<string, HeartbeatRequest>;
  start(): Promise<RunningHost>;
  stop(): Promise<void>;
}

export interface RunningHost {
  readonly proxy: Proxy;
  readonly id: string;
  readonly instance: number;
  stop(): Promise<void>;
}

export async function createHosts(database: Database): Promise<Hosts> {
  const control = await fakeControlPlane((request, sid) => allow(sid, request, endpointOf(database)));
  const client = await issue(control.userCa, { name: "alice", usage: "clientAuth" });
  const peers: Peer[] = [];
  const said: Hosts["said"] = new Map();
  const running: RunningHost[] = [];
  return { control, client, peers, said, start, stop };

  async function start(): Promise<RunningHost> {
    const instance = peers.length + 100;
    const id = createId("host", Date.now(), (count) => crypto.getRandomValues(new Uint8Array(count)));
    const folder = mkdtempSync(join(tmpdir(), "postern-host-"));
    const proxy = await startProxy({
      dataDir: folder,
      listen: { host: "127.0.0.1", port: 0 },
      join: (plane) => plane.join({ token: "token", version: "test" }),
      serves: { public_addr: "localhost:5440", databases: [] },
      defaultAuthorities: [],
      connect: (key) => connect(key, id, instance),
      version: "test",
      now: Date.now,
      log: process.env["POSTERN_TEST_LOG"] ? createLog("debug") : silentLog,
    });
    const host = {
      proxy,
      id,
      instance,
      async stop() {
        await proxy.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
    running.push(host);
    return host;
  }

  function connect(key: ProofKey, id: string, instance: number): ControlPlane {
    const identity = identify(control, key, id);
    return {
      ...control.connect(key),
      join: () => identity,
      renew: () => identity,
      heartbeat: async (request) => {
        said.set(id, request);
        const addrs = request.peer_addrs ?? [];
        if (!peers.some(({ host_id }) => host_id === id)) {
          peers.push({ host_id: id, instance, addrs });
          control.changes.push({ type: "peer", host_id: id, instance, addrs });
        }
        const host_ca = [control.hostCa.certificate];
        return { refused: [], instance, peers: [...peers], host_ca, user_ca: [control.userCa.certificate] };
      },
    };
  }

  async function stop(): Promise<void> {
    await Promise.all(running.map((host) => host.stop()));
  }
}

async function identify(
  { hostCa, userCa }: FakeControlPlane,
  key: ProofKey,
  id: string,
): Promise<HostIdentity> {
  const { kty = "EC", crv = "P-256", x = "", y = "" } = key.publicJwk;
  const { certificate } = await hostCertificate(hostCa, id, { publicJwk: { kty, crv, x, y } });
  const end = new Date(Date.now() + hour).toISOString();
  return {
    host_id: id,
    cluster_name: cluster,
    access_token: "token",
    expires_at: end,
    certificate,
    certificate_expires_at: end,
    host_ca: [hostCa.certificate],
    user_ca: [userCa.certificate],
  };
}

/** As `join` issues it, but for what is asked for besides. */
export function hostCertificate(
  authority: FakeControlPlane["hostCa"],
  id: string,
  more: Partial<Parameters<typeof issue>[1]> & { readonly cluster?: string } = {},
): Promise<Certificate> {
  const names = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "url", value: formatHostUri(more.cluster ?? cluster, id) },
  ] as const;
  return issue(authority, { name: "host", usage: "serverAuth", names, ...more });
}
