import { type OpenSessionRequest, OpenSessionResponse } from "@postern/core/api/host";
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import { hour, minute } from "@postern/core/time";
import { describe, expect, test } from "vitest";
import { searchAudit } from "../audit/search.ts";
import { loadSession } from "../audit/session-record.ts";
import { getHealth } from "../health/get.ts";
import { issueClientCertificate, issueHostCertificate } from "../identity/certificate.ts";
import { loadGrant } from "../identity/grant.ts";
import { logout } from "../identity/logout.ts";
import { admin, createRole, createSigner } from "../identity/test-support.ts";
import { trustedCertificates } from "../identity/trust.ts";
import { deleteResource } from "../resource/delete.ts";
import { writeResource } from "../resource/write.ts";
import { IamTokens } from "./iam-tokens.ts";
import { openSession } from "./open-session.ts";
import {
  certificateFor,
  createScene,
  joinAsHost,
  openAllowed,
  openDenied,
  requestWith,
  type Scene,
  target,
  tokenFor,
} from "./test-support.ts";

async function starts({ deps }: Scene): Promise<Extract<AuditEvent, { event: "db.session.start" }>[]> {
  const { events } = await searchAudit(deps, admin, { limit: 1000, event: "db.session.start" });
  return events.flatMap((event) => (event.event === "db.session.start" ? [event] : []));
}

async function grantOf({ deps }: Scene, sid: string) {
  const session = await loadSession(deps.store, sid);
  return await loadGrant(deps, session?.record.session.grant_id ?? "gr_none");
}

describe("an allowed connection", () => {
  test.each(["certificate", "token"] as const)("with a %s gets a session and an IAM token", async (type) => {
    const scene = await createScene();
    const credential = type === "certificate" ? await certificateFor(scene) : await tokenFor(scene);
    const response = await openAllowed(scene, requestWith(credential));
    expect(OpenSessionResponse.parse(response)).toEqual(response);
    expect(response).toMatchObject({
      user: "alice",
      ...target,
      login_session: scene.alice.call.caller.loginSession,
    });
    expect(response.endpoint).toEqual({
      host: "aurora.cluster-abc.us-west-1.rds.amazonaws.com",
      port: 5432,
      ca_cert_pem: null,
    });
    expect(response.sid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const token = new URL(`https://${response.iam_token}`);
    expect(token.host).toBe("aurora.cluster-abc.us-west-1.rds.amazonaws.com:5432");
    expect(token.searchParams.get("DBUser")).toBe("alice");
    expect(token.searchParams.get("X-Amz-Credential")).toMatch(
      /^AKIDTEST\/\d{8}\/us-west-1\/rds-db\/aws4_request$/,
    );
  });

  test("is recorded with its start event, which names role, host and decision, and no secret", async () => {
    const scene = await createScene();
    const credential = await tokenFor(scene);
    const response = await openAllowed(scene, requestWith(credential));
    const [start] = await starts(scene);
    expect(start).toMatchObject({
      code: "TDB00I",
      ei: 0,
      sid: response.sid,
      user: "alice",
      role: "db",
      server_id: scene.host.caller.hostId,
      decision_id: response.decision_id,
      "addr.remote": "198.51.100.4:55000",
      db_type: "rds",
      success: true,
    });
    const { events } = await searchAudit(scene.deps, admin, { limit: 1000 });
    const log = JSON.stringify(events);
    expect(log).not.toContain(credential.type === "token" ? credential.token.slice(-32) : "");
    expect(log).not.toContain(response.iam_token);
    expect(log).not.toContain("X-Amz-Signature");
  });

  test("ends with the login session, not with the credential that opened it", async () => {
    const scene = await createScene();
    const response = await openAllowed(scene, requestWith(await certificateFor(scene)));
    expect(Date.parse(response.ends_at)).toBeGreaterThan(scene.deps.clock() + hour);
  });

  test("counts a use of a database token, and none of a certificate", async () => {
    const scene = await createScene();
    const byToken = await openAllowed(scene, requestWith(await tokenFor(scene)));
    const byCertificate = await openAllowed(scene, requestWith(await certificateFor(scene)));
    expect((await grantOf(scene, byToken.sid))?.grant.uses_left).toBe(2);
    expect((await grantOf(scene, byCertificate.sid))?.grant.uses_left).toBeNull();
  });
});

describe("a request that is sent again", () => {
  test("gets the same session and counts no second use", async () => {
    const scene = await createScene();
    const request = requestWith(await tokenFor(scene));
    const [first, again] = [await openAllowed(scene, request), await openAllowed(scene, request)];
    expect(again).toMatchObject({ sid: first.sid, decision_id: first.decision_id, ends_at: first.ends_at });
    expect((await grantOf(scene, first.sid))?.grant.uses_left).toBe(2);
    expect(await starts(scene)).toHaveLength(1);
  });

  test("by several at once opens one session", async () => {
    const scene = await createScene();
    const request = requestWith(await tokenFor(scene));
    const responses = await Promise.all(
      Array.from({ length: 8 }, async () => await openAllowed(scene, request)),
    );
    expect(new Set(responses.map(({ sid }) => sid)).size).toBe(1);
    expect((await grantOf(scene, responses[0]?.sid ?? ""))?.grant.uses_left).toBe(2);
  });

  test("works with the last use of a token, which the first time took", async () => {
    const scene = await createScene();
    const credential = await tokenFor(scene);
    await openAllowed(scene, requestWith(credential));
    await openAllowed(scene, requestWith(credential));
    const last = requestWith(credential);
    const { sid } = await openAllowed(scene, last);
    expect((await openAllowed(scene, last)).sid).toBe(sid);
  });

  test("is refused for another connection, and the host's doing is audited", async () => {
    const scene = await createScene();
    const request = requestWith(await tokenFor(scene));
    await openAllowed(scene, request);
    const other = await openDenied(scene, { ...request, client_addr: "203.0.113.9:1" });
    expect(other.sqlstate).toBe("28000");
    const { events } = await searchAudit(scene.deps, admin, { limit: 10, event: "host.refused" });
    expect(events).toMatchObject([{ action: "session.open", host_id: scene.host.caller.hostId }]);
  });

  test("of another host opens another session", async () => {
    const scene = await createScene();
    const other = await joinAsHost(scene.deps);
    await scene.beat(other);
    const request = requestWith(await certificateFor(scene));
    const response = await openSession(scene.deps, other, request);
    expect(response).not.toMatchObject({ sid: (await openAllowed(scene, request)).sid });
  });
});

test("of 30 connections at once with the last use of a token exactly one is allowed", async () => {
  const scene = await createScene();
  const credential = await tokenFor(scene);
  await openAllowed(scene, requestWith(credential));
  await openAllowed(scene, requestWith(credential));
  const responses = await Promise.all(
    Array.from(
      { length: 30 },
      async () => await openSession(scene.deps, scene.host, requestWith(credential)),
    ),
  );
  expect(responses.filter(({ decision }) => decision === "allow")).toHaveLength(1);
  const codes = (await starts(scene)).map(({ code }) => code);
  expect(codes.filter((code) => code === "TDB00I")).toHaveLength(3);
  expect(codes.filter((code) => code === "TDB00W")).toHaveLength(29);
});

describe("a refused connection", () => {
  /** Asks, must be denied with 28000 under a decision id that leads to the audit event, and opens nothing. */
  async function askDenied(scene: Scene, request: OpenSessionRequest, host = scene.host) {
    const denied = await openDenied(scene, request, host);
    expect(denied.sqlstate).toBe("28000");
    expect(denied.message).toContain(denied.decision_id);
    expect(denied.hint).not.toBe("");
    const events = await starts(scene);
    const event = events.find(({ decision_id }) => decision_id === denied.decision_id);
    expect(event).toMatchObject({ code: "TDB00W", success: false, sqlstate: "28000" });
    expect(await loadSession(scene.deps.store, event?.sid ?? "")).toBeUndefined();
    return { denied, event, why: event?.reasons?.join("; ") };
  }

  test("for another user or name than the credential's says both, and is not redirected", async () => {
    const scene = await createScene();
    const request = requestWith(await certificateFor(scene), { db_user: "postgres", db_name: "app" });
    const { denied, event, why } = await askDenied(scene, request);
    for (const name of ["alice", "postgres", "app"]) expect(denied.message).toContain(`"${name}"`);
    expect(why).toMatch(/start-up packet/);
    expect(event).toMatchObject({ user: "alice", db_user: "postgres", db_name: "app" });
  });

  test("once the role is taken away, this second", async () => {
    const scene = await createScene();
    const credential = await certificateFor(scene);
    await openAllowed(scene, requestWith(credential));
    await writeResource(scene.deps, admin, {
      resource: { kind: "user", version: "v2", metadata: { name: "alice" }, spec: { roles: [] } },
      replace: true,
    });
    const { denied, event, why } = await askDenied(scene, requestWith(credential));
    expect(why).toMatch(/no role allows it/);
    expect(denied.message).toMatch(/"aurora".*"alice".*"postgres"/);
    expect(denied.message).not.toContain("role");
    expect(event?.db_service).toBe("aurora");
  });

  test("by a role that denies: the reason is in the audit log alone", async () => {
    const scene = await createScene();
    const credential = await certificateFor(scene);
    await createRole(scene.deps, "db", {
      allow: { db_labels: { env: "dev" }, db_users: ["alice"], db_names: ["postgres"] },
      deny: { db_users: ["al*"] },
    });
    const { denied, why } = await askDenied(scene, requestWith(credential));
    expect(why).toMatch(/deny\.db_users has `al\*`/);
    expect(JSON.stringify(denied)).not.toContain("al*");
  });

  test("after the logout, the user's deletion or the login session's end", async () => {
    const gone = await createScene();
    const [one, two] = [await certificateFor(gone), await tokenFor(gone)];
    await logout(gone.deps, gone.alice.call);
    expect((await askDenied(gone, requestWith(one))).why).toMatch(/has ended/);
    expect((await askDenied(gone, requestWith(two))).why).toMatch(/has ended/);
    const deleted = await createScene();
    const three = await certificateFor(deleted);
    await deleteResource(deleted.deps, admin, { kind: "user", name: "alice" });
    expect((await askDenied(deleted, requestWith(three))).why).toMatch(/has ended/);
  });

  test("with a credential that is over", async () => {
    const scene = await createScene();
    const [certificate, token] = [await certificateFor(scene), await tokenFor(scene)];
    scene.deps.advance(5 * minute);
    await scene.beat();
    expect((await askDenied(scene, requestWith(certificate))).why).toMatch(/valid from/);
    expect((await askDenied(scene, requestWith(token))).why).toMatch(/no such grant/);
  });

  test("with a database token that is spent, wrong or no token at all", async () => {
    const scene = await createScene();
    const credential = await tokenFor(scene);
    const token = credential.type === "token" ? credential.token : "";
    const wrong = `${token.slice(0, -32)}${"A".repeat(32)}`;
    expect((await askDenied(scene, requestWith({ type: "token", token: wrong }))).why).toMatch(
      /wrong secret/,
    );
    const { event, why } = await askDenied(scene, requestWith({ type: "token", token: "x" }));
    expect(why).toMatch(/form/);
    expect(event).toMatchObject({ user: "", db_service: "" });
    for (let use = 0; use < 3; use += 1) await openAllowed(scene, requestWith(credential));
    expect((await askDenied(scene, requestWith(credential))).why).toMatch(/no uses left/);
  });

  test("with a certificate that isn't the user CA's, isn't for clients, or says more than was granted", async () => {
    const scene = await createScene();
    const { deps } = scene;
    const granted = await certificateFor(scene);
    const { sid } = await openAllowed(scene, requestWith(granted));
    const grant = (await grantOf(scene, sid))?.grant;
    if (grant === undefined) throw new Error("no grant");
    const { grant_id, user, login_session } = grant;
    const claims = { cluster: "test", grant_id, user, login_session, ...target };
    const key = createSigner().publicKeyObject;
    const until = deps.clock() + minute;
    const issue = async (changed: object, signer = deps.userCa) =>
      (await issueClientCertificate(deps, signer, { ...claims, ...changed }, key, until)).certificate;
    const hostId = scene.host.caller.hostId;
    const hostCertificate = await issueHostCertificate(deps, deps.hostCa, {
      hostId,
      names: ["a.example"],
      publicKey: key,
    });
    const cases: [string, RegExp][] = [
      [await issue({ user: "bob" }), /differs/],
      [await issue({ database: "other" }), /differs/],
      [await issue({ db_user: "postgres" }), /differs/],
      [await issue({ login_session: "ls_other" }), /differs/],
      [await issue({ grant_id: "gr_other" }), /no such grant/],
      [await issue({ cluster: "other" }), /one name of ours/],
      [hostCertificate.certificate, /not signed/],
      [(await trustedCertificates(deps, "user-ca"))[0] ?? "", /without clientAuth/],
      ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", /not signed/],
    ];
    for (const [certificate, reason] of cases) {
      const { why } = await askDenied(scene, requestWith({ type: "certificate", certificate }));
      expect(why).toMatch(reason);
    }
  });

  test("by a host that doesn't serve the database is that host's doing, and audited as such", async () => {
    const scene = await createScene();
    const stranger = await joinAsHost(scene.deps);
    const credential = await certificateFor(scene);
    expect((await askDenied(scene, requestWith(credential), stranger)).why).toMatch(/doesn't serve/);
    await scene.beat(stranger, ["other"]);
    expect((await askDenied(scene, requestWith(credential), stranger)).why).toMatch(/doesn't serve/);
    const { events } = await searchAudit(scene.deps, admin, { limit: 10, event: "host.refused" });
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ code: "PH001W", action: "session.open", db_service: "aurora" });
  });

  test("by a host whose lease is over", async () => {
    const scene = await createScene();
    const credential = await certificateFor(scene);
    scene.deps.advance(minute);
    expect((await askDenied(scene, requestWith(credential))).why).toMatch(/doesn't serve/);
  });
});

describe("IAM tokens", () => {
  test("are signed once for connections of the same person, and anew before they are over", async () => {
    const scene = await createScene();
    const credential = await certificateFor(scene);
    const open = async () => (await openAllowed(scene, requestWith(credential))).iam_token;
    expect(new Set([await open(), await open(), await open()]).size).toBe(1);
    expect(scene.signed).toEqual([
      {
        host: "aurora.cluster-abc.us-west-1.rds.amazonaws.com",
        port: 5432,
        region: "us-west-1",
        dbUser: "alice",
        assumeRole: null,
        sourceIdentity: "alice",
      },
    ]);
    scene.deps.advance(13 * minute);
    await scene.beat();
    await openAllowed(scene, requestWith(await certificateFor(scene)));
    expect(scene.signed).toHaveLength(2);
  });

  test("are not signed on anything that only looks like a proof of access", async () => {
    const { deps, signed } = await createScene();
    const forged = { user: "alice", db_user: "postgres", db_name: "postgres" };
    await expect(deps.iamTokens.tokenFor(deps, forged as never)).rejects.toThrow("invariant");
    expect(signed).toHaveLength(0);
  });

  test("beyond the cluster's rate are refused with 53300 and a hint, until the bucket fills", async () => {
    const scene = await createScene();
    const credential = await certificateFor(scene);
    const fresh = async () => {
      const uncached = {
        ...scene.deps,
        iamTokens: new IamTokens({ sign: async () => ({ token: "t", expiresAt: 0 }) }),
      };
      return await openSession(uncached, scene.host, requestWith(credential));
    };
    const responses = [];
    for (let login = 0; login < 101; login += 1) responses.push(await fresh());
    expect(responses.filter(({ decision }) => decision === "allow")).toHaveLength(100);
    expect(responses.at(-1)).toMatchObject({ decision: "deny", sqlstate: "53300" });
    scene.deps.advance(1_000);
    expect(await fresh()).toMatchObject({ decision: "allow" });
  });

  test.each([
    ["cloud.credentials", "no AWS credentials found"],
    ["cloud.refused", "arn:aws:iam::1:role/secret-name"],
  ] as const)(
    "that AWS won't give (%s) are 08006 for the person and a reason for the admin",
    async (code, detail) => {
      const scene = await createScene();
      const failing = new IamTokens({
        sign: async () => {
          throw new Fault(code, detail);
        },
      });
      const deps = { ...scene.deps, iamTokens: failing };
      const denied = await openDenied({ ...scene, deps }, requestWith(await tokenFor(scene)));
      expect(denied.sqlstate).toBe("08006");
      expect(JSON.stringify(denied)).not.toContain(detail);
      const [event] = await starts(scene);
      expect(event?.reasons?.join()).toContain(detail);
      const health = await getHealth(deps);
      expect(health.status).toBe("degraded");
      expect(health.problems.join()).toContain(code);
      expect(health.problems.join().includes(detail)).toBe(code === "cloud.credentials");
      expect(health.problems.join()).toContain(denied.decision_id);
    },
  );
});
