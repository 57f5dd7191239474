/**
 * GUIDE.md's table "When it goes wrong", row by row, each produced for real: by the real proxy and the real control plane,
 * and seen by a real client. Each test names its SQLSTATE; the words are in `wording.txt`, for people to read as one who is refused reads it.
 */

import { X509Certificate } from "node:crypto";
import { acceptInvite } from "@postern/control/identity/accept-invite";
import { inviteUser } from "@postern/control/identity/invite";
import { loginRateKey } from "@postern/control/keys";
import { deleteResource } from "@postern/control/resource/delete";
import { writeResource } from "@postern/control/resource/write";
import type { RoleOptions } from "@postern/core/resource/role";
import { localAdmin } from "@postern/local/runtime/demo";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { clients, isInstalled } from "../clients/support/installed.ts";
import { issue, makeAuthority } from "../proxy/support/certificates.ts";
import { eventually, runCommand } from "../support/local.ts";
import { type Postern, startPostern } from "../support/postern.ts";
import { assumedRole, startTroubles, type Troubles } from "./support/databases.ts";
import { logIn, masked, type Person, shownAtTheEnd, shownBy } from "./support/person.ts";
import { paragraphOf, told } from "./support/wording.ts";

const upstreamMs = 1_500;
const sessions = 6;

let troubles: Troubles;
let postern: Postern;
let alice: Person;

beforeAll(async () => {
  troubles = await startTroubles();
  postern = await startPostern({
    databases: troubles.databases,
    limits: { upstreamMs, sessions },
    moreSeed: ["create role bob login", "create role carol login password 'carols'"],
  });
  alice = await logIn(postern);
});
afterAll(async () => {
  await postern?.remove();
  troubles?.stop();
});

async function giveRoles(...roles: string[]): Promise<void> {
  const resource = { kind: "user", version: "v2", metadata: { name: "alice" }, spec: { roles } } as const;
  await writeResource(postern.base, localAdmin, { resource, replace: true });
}

/** Her role `db`, with these options from now on. */
async function setOptions(options: RoleOptions): Promise<void> {
  const spec = { allow: { db_labels: { "*": "*" }, db_names: ["*"], db_users: ["*"] }, options };
  const resource = { kind: "role", version: "v3", metadata: { name: "db" }, spec } as const;
  await writeResource(postern.base, localAdmin, { resource, replace: true });
}

async function addUser(name: string): Promise<{ name: string; password: string }> {
  const password = "correct horse battery staple";
  const user = { name, roles: ["access", "db"], ttl: "1h" };
  const { invite_url } = await inviteUser(postern.base, localAdmin, user);
  const call = { caller: { type: "anyone" }, address: localAdmin.address } as const;
  await acceptInvite(postern.base, call, { invite: new URL(invite_url).hash.slice(1), password });
  return { name, password };
}

describe("not allowed", () => {
  test("a role that was taken away a moment ago", async () => {
    const ssl = await alice.certificate();
    await giveRoles("access");
    const shown = await alice.refused({}, { ssl });
    await giveRoles("access", "db");
    expect(masked(shown)).toEqual(told("28000"));
    const [, decisionId = ""] = /\(decision (de_\w+)\)/.exec(shown.message) ?? [];
    const events = await postern.events({ event: "db.session.start" });
    expect(events).toContainEqual(
      expect.objectContaining({
        code: "TDB00W",
        decision_id: decisionId,
        reasons: expect.arrayContaining(["no role allows it"]),
      }),
    );
  });

  test("another user and name than the credential's", async () => {
    const ssl = await alice.certificate();
    expect(masked(await alice.refused({ db_user: "root", db_name: "template1" }, { ssl }))).toEqual(
      told("28000"),
    );
  });
});

describe("no way in", () => {
  test("without TLS", async () => {
    expect(masked(await alice.refused({}, { ssl: false }))).toEqual(told("28000"));
  });

  test("with a certificate of another CA", async () => {
    const { certificate: cert, key } = await issue(await makeAuthority("user CA"), {
      name: "alice",
      usage: "clientAuth",
    });
    expect(masked(await alice.refused({}, { ssl: { ...(await alice.certificate()), cert, key } }))).toEqual(
      told("28000"),
    );
  });

  test("with a credential that has expired", async () => {
    await setOptions({ max_session_ttl: "1s" });
    const ssl = await alice.certificate();
    await setOptions({});
    const { validToDate } = new X509Certificate(String(ssl.cert));
    await eventually("its end", () => validToDate.getTime() < Date.now() || undefined);
    const shown = await alice.refused({}, { ssl });
    expect(masked(shown)).toEqual(told("28000"));
  });

  test("with neither certificate nor token", async () => {
    const { ca } = await alice.certificate();
    expect(masked(await alice.refused({}, { ssl: { ca }, password: "hunter2" }))).toEqual(told("28000"));
  });

  test("with a database token that has been used up", async () => {
    const { ca } = await alice.certificate();
    const password = await alice.token();
    for (let use = 0; use < 3; use += 1) await (await alice.connect({}, { ssl: { ca }, password })).end();
    expect(masked(await alice.refused({}, { ssl: { ca }, password }))).toEqual(told("28000"));
  });
});

describe("the database refuses the login", () => {
  test("as its user has a password, and not rds_iam", async () => {
    expect(masked(await alice.refused({ db_user: "carol" }))).toEqual(told("28P01"));
  });

  test("as it asks for MD5", async () => {
    expect(masked(await alice.refused({ database: "md5" }))).toEqual(told("28P01"));
  });

  test("as it doesn't know the user", async () => {
    expect(masked(await alice.refused({ db_user: "nobody" }))).toEqual(told("28P01"));
  });

  test("as there is no database of that name", async () => {
    expect(masked(await alice.refused({ db_name: "nowhere" }))).toEqual(told("3D000"));
  });
});

describe("the database can't be trusted", () => {
  test.each([
    ["as it has no TLS", "no-tls"],
    ["with a Common Name alone", "common-name"],
    ["with another name", "other-name"],
    ["with a certificate that has expired", "expired"],
    ["with a certificate of another CA", "other-ca"],
    ["as it isn't PostgreSQL", "no-postgres"],
  ])("%s", async (_, database) => {
    expect(masked(await alice.refused({ database }))).toEqual(told("08006"));
  });
});

describe("the database is not to be reached", () => {
  test.each([
    ["as nothing listens there", "unreachable"],
    ["as nobody knows its host", "unknown-host"],
    ["as it hangs", "hanging"],
  ])("%s", async (_, database) => {
    const ssl = await alice.certificate({ database });
    const began = performance.now();
    expect(masked(await alice.refused({ database }, { ssl }))).toEqual(told("08001"));
    expect(performance.now() - began).toBeLessThan(upstreamMs + 4_000);
  });
});

describe("the control plane gets no login for the database", () => {
  test("as it may not assume the role that the database names", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_STS", troubles.stsUrl);
    onTestFinished(() => void vi.unstubAllEnvs());
    const shown = await alice.refused({ database: "other-account" });
    expect(masked(shown)).toEqual(told("08006"));
    const events = await postern.events({ event: "db.session.start" });
    const [, decisionId = ""] = /\(decision (de_\w+)\)/.exec(shown.message) ?? [];
    const event = events.find((each) => "decision_id" in each && each.decision_id === decisionId);
    expect(event).toMatchObject({ success: false, sqlstate: "08006" });
    expect(JSON.stringify(event)).toContain(assumedRole);
    expect(JSON.stringify(shown)).not.toContain(assumedRole);
  });
});

describe("what runs is ended", () => {
  let alice: Person;
  beforeEach(async () => {
    alice = await logIn(postern);
  });
  afterEach(() => setOptions({}));

  test("as she logged out", async () => {
    const shown = shownAtTheEnd(await alice.connect());
    await alice.client.call("logout", { body: {} });
    expect(masked(await shown)).toEqual(told("57P01"));
  });

  test("in the middle of a statement, too", async () => {
    const client = await alice.connect();
    const shown = client.query("select pg_sleep(60)").catch(shownBy);
    await alice.client.call("logout", { body: {} });
    expect(await shown).toMatchObject({ severity: "FATAL", code: "57P01" });
  });

  test("as the login is over", async () => {
    await setOptions({ max_session_ttl: "3s" });
    const shown = shownAtTheEnd(await (await logIn(postern)).connect());
    expect(masked(await shown)).toEqual(told("57P01"));
  });

  test("as she was idle for too long, and only then", async () => {
    await setOptions({ client_idle_timeout: "1s" });
    const idle = shownAtTheEnd(await alice.connect());
    const busy = await alice.connect();
    const slept = busy.query("select pg_sleep(2)");
    const shown = await idle;
    await slept;
    await busy.end();
    expect(masked(shown)).toEqual(told("57P05"));
  });

  test("as the user was deleted", async () => {
    const zoe = await logIn(postern, await addUser("zoe"));
    const shown = shownAtTheEnd(await zoe.connect());
    await deleteResource(postern.base, localAdmin, { kind: "user", name: "zoe" });
    expect(masked(await shown)).toEqual(told("57P01"));
  });

  test("as the user was locked, who can't come back before the lock is lifted", async () => {
    const mallory = await logIn(postern, await addUser("mallory"));
    const ssl = await mallory.certificate();
    const shown = shownAtTheEnd(await mallory.connect());
    const lock = {
      kind: "lock",
      version: "v2",
      metadata: { name: "incident-7" },
      spec: { target: { user: "mallory" }, message: "the laptop was stolen, call security" },
    } as const;
    await writeResource(postern.base, localAdmin, { resource: lock, replace: false });
    expect(masked(await shown)).toEqual(told("57P01"));
    expect(await mallory.refused({}, { ssl })).toMatchObject({ code: "28000" });
    await expect(mallory.client.call("getStatus", {})).rejects.toMatchObject({ code: "access.denied" });
    await deleteResource(postern.base, localAdmin, { kind: "lock", name: "incident-7" });
    expect(await mallory.client.call("getStatus", {})).toMatchObject({ user: "mallory" });
  });

  test("as the proxy is being stopped", async () => {
    const shown = shownAtTheEnd(await alice.connect());
    postern.proxy.sessions.stopAll();
    expect(masked(await shown)).toEqual(told("57P01"));
  });
});

describe("the control plane is away", () => {
  test("no new session opens, and those that are open go on", async () => {
    const ssl = await alice.certificate();
    const open = await alice.connect();
    await postern.controlPlane.stop();
    const shown = await alice.refused({}, { ssl });
    const { rows } = await open.query("select 'on' as goes");
    await postern.controlPlane.start();
    await open.end();
    expect(masked(shown)).toEqual(told("57P03"));
    expect(rows).toEqual([{ goes: "on" }]);
    await eventually("its record", async () => {
      const events = await postern.events({ event: "db.session.query" });
      return (
        events.some((event) => "db_query" in event && event.db_query === "select 'on' as goes") || undefined
      );
    });
  });
});

describe("too many", () => {
  test("connections", async () => {
    const ssl = await alice.certificate();
    await eventually("all have gone", () => postern.proxy.sessions.size === 0 || undefined);
    const open = await Promise.all(Array.from({ length: sessions }, () => alice.connect({}, { ssl })));
    const shown = await alice.refused({}, { ssl });
    await Promise.all(open.map((client) => client.end()));
    expect(masked(shown)).toEqual(told("53300"));
  });

  test("new logins", async () => {
    const ssl = await alice.certificate({ db_user: "bob" });
    const cluster = `localhost:${postern.aurora.port}`;
    const at = Date.now() + 60_000; // spent, and by a clock that is ahead: it fills up from then on
    const put = { type: "put", key: loginRateKey(cluster), value: { tokens: 0, at } } as const;
    await postern.base.store.commit([{ ...put, condition: { type: "none" } }]);
    const shown = await alice.refused({ db_user: "bob" }, { ssl });
    await postern.base.store.commit([{ type: "delete", key: put.key, condition: { type: "none" } }]);
    expect(masked(shown)).toEqual(told("53300"));
  });
});

/** psql's own way to show it: severity, message and hint; what else it knows is kept for itself at connecting. */
describe.runIf(isInstalled(clients.psql))("psql shows message and hint", () => {
  test.each([
    ["of a refusal before TLS", "no way in, without TLS", { PGSSLMODE: "disable" }],
    [
      "of one inside",
      "no way in, with neither certificate nor token",
      { PGSSLMODE: "require", PGPASSWORD: "x" },
    ],
  ])("%s", async (_, name, variables) => {
    const port = String(postern.proxy.port);
    const target = { PGHOST: "localhost", PGPORT: port, PGUSER: "alice", PGDATABASE: "postgres" };
    const env = { PATH: process.env["PATH"], HOME: "/nonexistent", ...target, ...variables };
    const { code, stderr } = await runCommand("psql", ["-X", "-c", "select 1"], { env });
    const { message, hint } = paragraphOf(name);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(`FATAL:  ${message}\nHINT:  ${hint}\n`),
    });
  });
});
