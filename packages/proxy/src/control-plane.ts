/** What the proxy needs of the control plane. Tests put one in its place that decides by fixed rules. */
import { type Client, createClient } from "@postern/client/client";
import type { ProofKey } from "@postern/client/proof";
import type * as Host from "@postern/core/api/host";
import type * as Join from "@postern/core/api/join";

/** Every call throws Fault: `service.unavailable` where the control plane couldn't be reached in time. */
export interface ControlPlane {
  join(request: Join.JoinRequest): Promise<Join.HostIdentity>;
  challenge(): Promise<Join.JoinChallenge>;
  joinByIam(request: Join.JoinByIamRequest): Promise<Join.HostIdentity>;
  renew(request: Join.RenewHostRequest): Promise<Join.HostIdentity>;
  heartbeat(request: Host.HeartbeatRequest): Promise<Host.HeartbeatResponse>;
  openSession(request: Host.OpenSessionRequest): Promise<Host.OpenSessionResponse>;
  ingestAudit(request: Host.IngestRequest): Promise<Host.IngestResponse>;
  /** @param after the cursor of the answer before; undefined at the start */
  changes(after: string | undefined): Promise<Host.ChangesResponse>;
}

export interface ControlPlaneOptions {
  readonly url: string;
  /** The host's key: every request proves that its sender holds it. */
  readonly key: ProofKey;
  /** Read at every call, as it is renewed while the proxy runs. */
  readonly accessToken: () => string | undefined;
}

/** One try of `openSession`: a person waits for it. */
const openSessionTimeoutMs = 5_000;
const timeoutMs = 10_000;

/** The control plane over its HTTP API. */
export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const client: Client = createClient({ ...options, timeoutMs });
  const promptClient: Client = createClient({ ...options, timeoutMs: openSessionTimeoutMs });
  return {
    join: (body) => client.call("joinHost", { body }),
    challenge: () => client.call("createJoinChallenge", { body: {} }),
    joinByIam: (body) => client.call("joinHostByIam", { body }),
    renew: (body) => client.call("renewHost", { body }),
    heartbeat: (body) => client.call("heartbeat", { body }),
    openSession: (body) => promptClient.call("openSession", { body }),
    ingestAudit: (body) => client.call("ingestAudit", { body }),
    changes: (after) => client.call("getChanges", { query: { after } }),
  };
}
