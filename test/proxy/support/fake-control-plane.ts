/** A control plane that decides by fixed rules, keeps what it is sent, and can be made to fail. */
import type { ProofKey } from "@postern/client/proof";
import type { Change, IngestRequest, OpenSessionRequest, OpenSessionResponse } from "@postern/core/api/host";
import { IngestRequest as IngestSchema } from "@postern/core/api/host";
import type { HostIdentity } from "@postern/core/api/join";
import { type AuditRecord, recordLimits } from "@postern/core/audit/record";
import { Fault } from "@postern/core/fault";
import type { ControlPlane } from "@postern/proxy/control-plane";
import { type Authority, issue, makeAuthority } from "./certificates.ts";

export type Decide = (
  request: OpenSessionRequest,
  sid: string,
) => OpenSessionResponse | Promise<OpenSessionResponse>;

export interface FakeControlPlane {
  readonly userCa: Authority;
  readonly hostCa: Authority;
  readonly requests: OpenSessionRequest[];
  /** Of the sessions asked for, in their order. */
  readonly sids: string[];
  /** Chunks by session, each content kept once: another content under a known number is a mistake. */
  readonly chunks: Map<string, AuditRecord[][]>;
  readonly changes: Change[];
  /** How many of them the proxy has been told. */
  heard: number;
  decide: Decide;
  /** Nothing answers while this is true. */
  isGone: boolean;
  /** Nothing takes audit records while this is true. */
  isDeaf: boolean;
  /** Thrown at the audit records that come. */
  refuseAudit: Fault | undefined;
  connect(key: ProofKey): ControlPlane;
  records(sid: string): AuditRecord[];
}

export async function fakeControlPlane(decide: Decide): Promise<FakeControlPlane> {
  const userCa = await makeAuthority("user CA");
  const hostCa = await makeAuthority("host CA");
  const identities = new Map<string, HostIdentity>();
  const opened = new Map<string, string>();
  let told = 0;
  const fake: FakeControlPlane = {
    userCa,
    hostCa,
    requests: [],
    sids: [],
    chunks: new Map(),
    changes: [],
    heard: 0,
    decide,
    isGone: false,
    isDeaf: false,
    refuseAudit: undefined,
    records: (sid) => (fake.chunks.get(sid) ?? []).flat(),
    connect: (key) => ({
      join: async () => reach(fake, () => identify(key)),
      challenge: async () => reach(fake, () => ({ challenge: "", expires_at: "" })),
      joinByIam: async () => reach(fake, () => identify(key)),
      renew: async () => reach(fake, () => identify(key)),
      heartbeat: async () =>
        reach(fake, () => ({
          refused: [],
          instance: 0,
          peers: [],
          host_ca: [hostCa.certificate],
          user_ca: [userCa.certificate],
        })),
      openSession: async (request) =>
        reach(fake, () => {
          fake.requests.push(request);
          const sid = opened.get(request.idempotency_key) ?? crypto.randomUUID();
          if (!opened.has(request.idempotency_key)) fake.sids.push(sid);
          opened.set(request.idempotency_key, sid);
          return fake.decide(request, sid);
        }),
      ingestAudit: async (request) => reach(fake, () => ingest(fake, request)),
      changes: async (after) =>
        reach(fake, () => {
          // What is asked for next has been told, and acted upon.
          fake.heard = told;
          told = fake.changes.length;
          const changes = fake.changes.map((change, index) => ({ id: cursorAt(index), change }));
          // The last ones are answered again, as the real one does until they have settled.
          return {
            cursor: cursorAt(Math.max(0, told - 3)),
            changes: changes.filter(({ id }) => id >= (after ?? "")),
          };
        }),
    }),
  };
  return fake;

  async function identify(key: ProofKey): Promise<HostIdentity> {
    const known = identities.get(key.thumbprint);
    if (known) return known;
    const { kty = "EC", crv = "P-256", x = "", y = "" } = key.publicJwk;
    const names = [
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
    ] as const;
    const { certificate } = await issue(hostCa, {
      name: "localhost",
      usage: "serverAuth",
      publicJwk: { kty, crv, x, y },
      names,
    });
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const identity: HostIdentity = {
      host_id: "ho_test",
      cluster_name: "test",
      access_token: "token",
      expires_at: end,
      certificate,
      certificate_expires_at: end,
      host_ca: [hostCa.certificate],
      user_ca: [userCa.certificate],
    };
    identities.set(key.thumbprint, identity);
    return identity;
  }
}

/** Cursors sort as texts. */
function cursorAt(index: number): string {
  return String(index).padStart(9, "0");
}

function reach<T>(fake: FakeControlPlane, answer: () => T): T {
  if (fake.isGone) throw new Fault("service.unavailable", "gone");
  return answer();
}

function ingest(fake: FakeControlPlane, request: IngestRequest): { sid: string; chunk: number } {
  if (fake.isDeaf) throw new Fault("service.unavailable", "deaf");
  if (fake.refuseAudit) throw fake.refuseAudit;
  const { sid, chunk, records } = IngestSchema.parse(request);
  if (Buffer.byteLength(JSON.stringify(records)) > recordLimits.chunkBytes)
    throw new Fault("input.invalid", "the chunk is too large");
  const chunks = fake.chunks.get(sid) ?? [];
  const known = chunks[chunk];
  if (known === undefined && chunk !== chunks.length)
    throw new Fault("resource.changed", `expected chunk ${chunks.length}`);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(records)) {
    throw new Fault("resource.changed", "this chunk holds something else");
  }
  chunks[chunk] = records;
  fake.chunks.set(sid, chunks);
  return { sid, chunk };
}
