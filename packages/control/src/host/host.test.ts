import { X509Certificate } from "node:crypto";
import type { HeartbeatRequest, ServedDatabase } from "@postern/core/api/host";
import { formatTime, hour, minute } from "@postern/core/time";
import type { Store, Write } from "@postern/store/port";
import { expect, test } from "vitest";
import type { Call, CallerOf } from "../caller.ts";
import { getChanges } from "../changes/read.ts";
import { loadServers } from "../database/servers.ts";
import { authenticate } from "../identity/authenticate.ts";
import {
  address,
  admin,
  allEvents,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  loginAs,
  present,
  type TestDeps,
  type TestKey,
} from "../identity/test-support.ts";
import { deleteResource } from "../resource/delete.ts";
import type { Writer } from "../resource/event.ts";
import { loadDatabase } from "../resource/load.ts";
import { createToken } from "../resource/token.ts";
import { loadTokens } from "../resource/token-record.ts";
import { writeResource } from "../resource/write.ts";
import { heartbeat } from "./heartbeat.ts";
import { joinHost } from "./join.ts";
import { loadHost } from "./record.ts";
import { renewHost } from "./renew.ts";

const names = ["db.example.com", "127.0.0.1"];

async function tokenFor(deps: TestDeps, call: Call<Writer> = admin, uses = 1): Promise<string> {
  return (await createToken(deps, call, { type: "db", ttl: "30m", uses, names })).token;
}

async function join(deps: TestDeps, token: string, key: TestKey = createSigner()) {
  return await joinHost(deps, await keyCall(key), { token, version: "1" });
}

/** A host that joined with a token of the caller's. */
async function hostCall(deps: TestDeps, call: Call<Writer> = admin): Promise<Call<CallerOf<"host">>> {
  const key = await keyCall(createSigner());
  const { host_id } = await joinHost(deps, key, { token: await tokenFor(deps, call), version: "1" });
  return { caller: { type: "host", hostId: host_id, thumbprint: key.caller.thumbprint }, address };
}

const aws = {
  region: "us-west-1",
  account_id: null,
  resource_id: null,
  assume_role_arn: null,
  external_id: null,
};

function served(name = "aurora", changes: Partial<ServedDatabase["spec"]> = {}): ServedDatabase {
  const spec = { protocol: "postgres", uri: "db:5432", tls: { ca_cert_pem: null }, aws, ...changes } as const;
  return { name, description: "", labels: { env: "dev" }, spec };
}

async function beat(deps: TestDeps, call: Call<CallerOf<"host">>, databases: ServedDatabase[]) {
  return await heartbeat(deps, call, { public_addr: "db.example.com:5440", version: "1", databases });
}

/** What the host is told when it says how it finds its databases, or whose cancel keys it hands out. */
async function say(deps: TestDeps, call: Call<CallerOf<"host">>, more: Partial<HeartbeatRequest> = {}) {
  const said = { public_addr: "db.example.com:5440", version: "1", databases: [served()], ...more };
  return await heartbeat(deps, call, said);
}

async function refusals(deps: TestDeps) {
  return (await allEvents(deps)).filter(({ event }) => event === "host.refused");
}

test("a host joins with a token and gets a certificate for its key and the token's names", async () => {
  const deps = createDeps();
  const key = createSigner();
  const identity = await join(deps, await tokenFor(deps), key);
  const certificate = new X509Certificate(identity.certificate);
  expect(certificate.publicKey.equals(key.publicKeyObject)).toBe(true);
  expect(certificate.checkHost("db.example.com")).toBe("db.example.com");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(identity.host_ca).toHaveLength(1);
  expect(await loadHost(deps, identity.host_id)).toMatchObject({ names, created_by: { type: "admin" } });
  const codes = (await allEvents(deps)).map(({ code }) => code);
  expect(codes.sort()).toEqual(["TC000I", "TJ002I", "TJT00I"]);
});

test("of two that join with a token's last use exactly one is admitted", async () => {
  const deps = createDeps();
  const token = await tokenFor(deps);
  const results = await Promise.allSettled([join(deps, token), join(deps, token)]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect((await loadTokens(deps))[0]?.uses).toBe(0);
});

test("a token for several hosts admits exactly so many, also at once", async () => {
  const deps = createDeps();
  const token = await tokenFor(deps, admin, 3);
  const results = await Promise.allSettled(Array.from({ length: 5 }, async () => await join(deps, token)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
});

test("an unknown, a wrong, a spent and an expired token are refused alike; the audit log tells which", async () => {
  const deps = createDeps();
  const [spent, expired] = [await tokenFor(deps), await tokenFor(deps)];
  await join(deps, spent);
  deps.advance(30 * minute);
  const wrong = `${expired.slice(0, 8)}${"0".repeat(24)}`;
  const refused = [];
  for (const token of ["0".repeat(32), wrong, spent, expired, "not hex", "\ud800"]) {
    refused.push(await join(deps, token).catch((error: unknown) => error));
  }
  for (const refusal of refused) {
    expect(refusal).toMatchObject({ code: "token.spent" });
    expect(String(refusal)).toBe(String(refused[0]));
  }
  const failures = (await allEvents(deps)).flatMap((event) =>
    event.event === "instance.join" && !event.success ? [event] : [],
  );
  const told = failures.map(({ message }) => message);
  for (const reason of ["the secret is wrong", "the token is over", "the token was spent before"]) {
    expect(told.filter((message) => message === reason)).toHaveLength(1);
  }
  expect(told.filter((message) => message === "no such token")).toHaveLength(3);
  for (const secret of [spent, expired]) expect(JSON.stringify(failures)).not.toContain(secret);
});

test("a host renews its identity with its own key alone, also after its certificate ended", async () => {
  const deps = createDeps();
  const key = createSigner();
  const { host_id } = await join(deps, await tokenFor(deps), key);
  deps.advance(48 * hour);
  const renewed = await renewHost(deps, await keyCall(key), { host_id });
  const presented = await present(deps, key, renewed.access_token);
  expect(await authenticate(deps, presented)).toMatchObject({ type: "host", hostId: host_id });
  const stranger = await keyCall(createSigner());
  for (const id of [host_id, "ho_unknown", "\ud800"]) {
    await expect(renewHost(deps, stranger, { host_id: id })).rejects.toMatchObject({ code: "auth.invalid" });
  }
  const failures = (await allEvents(deps)).filter(({ code }) => code === "TJ002E");
  expect(failures.map((event) => "host_id" in event && event.host_id)).toContain(host_id);
});

test("a host registers what it serves, and serves it for as long as it says so", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  expect(await beat(deps, call, [served()])).toMatchObject({ refused: [], host_ca: [expect.any(String)] });
  expect(await loadDatabase(deps, "aurora")).toMatchObject({ metadata: { labels: { env: "dev" } } });
  expect(await loadServers(deps, "aurora")).toMatchObject([
    { spec: { database: "aurora", host_id: call.caller.hostId, public_addr: "db.example.com:5440" } },
  ]);
  deps.advance(29_999);
  expect(await loadServers(deps, "aurora")).toHaveLength(1);
  await beat(deps, call, [served()]);
  deps.advance(30_000);
  expect(await loadServers(deps, "aurora")).toEqual([]);
  const created = (await allEvents(deps)).filter(({ event }) => event === "db.create");
  expect(created).toMatchObject([{ code: "TDB03I", name: "aurora", user: "local-admin" }]);
});

test("several hosts serve one database, and a name that begins like another's is not mixed up with it", async () => {
  const deps = createDeps();
  const [one, two] = [await hostCall(deps), await hostCall(deps)];
  await beat(deps, one, [served("aurora"), served("aurora-2")]);
  await beat(deps, two, [served("aurora")]);
  expect(await loadServers(deps, "aurora")).toHaveLength(2);
  expect(await loadServers(deps, "aurora-2")).toHaveLength(1);
  expect(await loadServers(deps, "auror")).toEqual([]);
});

test("a host that states a database otherwise than it is kept doesn't serve it; the others it does", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  await beat(deps, call, [served("aurora"), served("other")]);
  const mallory = await hostCall(deps);
  const changes: Partial<ServedDatabase["spec"]>[] = [
    { uri: "evil:5432" },
    { tls: { ca_cert_pem: "-----BEGIN CERTIFICATE-----" } },
    { aws: { ...aws, region: "us-east-1" } },
    { aws: { ...aws, account_id: "111111111111" } },
    { aws: { ...aws, resource_id: "cluster-EVIL" } },
    { aws: { ...aws, assume_role_arn: "arn:aws:iam::111111111111:role/admin" } },
    { aws: { ...aws, external_id: "other" } },
  ];
  for (const change of changes) {
    const answer = await beat(deps, mallory, [served("aurora", change), served("other")]);
    expect(answer.refused).toMatchObject([{ database: "aurora" }]);
  }
  const relabelled = { ...served("aurora"), labels: { env: "prod" } };
  expect((await beat(deps, mallory, [relabelled, served("other")])).refused).toMatchObject([
    { database: "aurora" },
  ]);
  expect((await loadServers(deps, "aurora")).map(({ spec }) => spec.host_id)).toEqual([call.caller.hostId]);
  expect(await loadServers(deps, "other")).toHaveLength(2);
  expect(await loadDatabase(deps, "aurora")).toMatchObject({ spec: { uri: "db:5432" } });
  const described = { ...served("aurora"), description: "another text" };
  expect((await beat(deps, mallory, [described])).refused).toEqual([]);
});

test("a refusal that a host repeats is audited once, and again when it changes or comes back", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  await beat(deps, call, [served()]);
  for (let i = 0; i < 3; i++) await beat(deps, call, [served("aurora", { uri: "evil:5432" })]);
  expect(await refusals(deps)).toMatchObject([
    { code: "PH001W", action: "db.register", db_service: "aurora" },
  ]);
  await beat(deps, call, [served("aurora", { uri: "evil:5432", aws: { ...aws, region: "us-east-1" } })]);
  expect(await refusals(deps)).toHaveLength(2);
  await beat(deps, call, [served()]);
  await beat(deps, call, [served("aurora", { uri: "evil:5432" })]);
  expect(await refusals(deps)).toHaveLength(3);
});

test("what a user may not create his hosts may not register, nor once he is gone", async () => {
  const deps = createDeps();
  await createRole(deps, "tokens", { allow: { rules: [{ resources: ["token"], verbs: ["create"] }] } });
  await createRole(deps, "databases", { allow: { rules: [{ resources: ["db"], verbs: ["create"] }] } });
  await createUser(deps, "bob", ["tokens"]);
  await createUser(deps, "carol", ["tokens", "databases"]);
  const bobs = await hostCall(deps, (await loginAs(deps, "bob")).call);
  const carols = await hostCall(deps, (await loginAs(deps, "carol")).call);
  expect((await beat(deps, bobs, [served()])).refused).toMatchObject([{ database: "aurora" }]);
  expect((await beat(deps, carols, [served("first")])).refused).toEqual([]);
  await deleteResource(deps, admin, { kind: "user", name: "carol" });
  await createUser(deps, "carol", ["tokens", "databases"]);
  expect((await beat(deps, carols, [served("second")])).refused).toMatchObject([{ database: "second" }]);
  expect((await beat(deps, carols, [served("first")])).refused).toEqual([]);
  expect(await loadDatabase(deps, "aurora")).toBeUndefined();
});

test("a host says how it finds its databases, and that is how they are listed", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  await say(deps, call);
  expect(await loadServers(deps, "aurora")).toMatchObject([{ status: { health: "unknown" } }]);
  const since = formatTime(deps.clock());
  const unhealthy = { database: "aurora", status: "unhealthy", reason: "can't be reached", since } as const;
  const stranger = { ...unhealthy, database: "not-stated" };
  await say(deps, call, { health: [unhealthy, stranger] });
  expect(await loadServers(deps, "aurora")).toMatchObject([
    { status: { health: "unhealthy", reason: "can't be reached", since } },
  ]);
  expect(await loadServers(deps, "not-stated")).toEqual([]);
});

test("a host that serves a database no more is at once no server of it", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  await beat(deps, call, [served("aurora"), served("other")]);
  await beat(deps, call, [served("other")]);
  expect(await loadServers(deps, "aurora")).toEqual([]);
  expect(await loadServers(deps, "other")).toHaveLength(1);
});

test("each host keeps an instance of its own, over a restart as well", async () => {
  const deps = createDeps();
  const [one, two] = [await hostCall(deps), await hostCall(deps)];
  const { instance } = await say(deps, one);
  expect((await say(deps, one, { instance })).instance).toBe(instance);
  expect((await say(deps, one)).instance).toBe(instance);
  const other = await say(deps, two, { instance });
  expect(other.instance).not.toBe(instance);
  deps.advance(hour);
  expect((await say(deps, one, { instance })).instance).toBe(instance);
});

test("an instance is somebody else's only once its host has been away for a day", async () => {
  const deps = createDeps();
  const [one, two] = [await hostCall(deps), await hostCall(deps)];
  const { instance } = await say(deps, one);
  for (let hours = 0; hours < 60; hours += 1) {
    deps.advance(hour);
    await say(deps, one, { instance });
  }
  expect((await say(deps, two, { instance })).instance).not.toBe(instance);
  deps.advance(25 * hour);
  expect((await say(deps, two, { instance })).instance).toBe(instance);
});

test("a host can't take more instances than one, whatever it asks for", async () => {
  const deps = createDeps();
  const [greedy, other] = [await hostCall(deps), await hostCall(deps)];
  for (let instance = 0; instance < 10; instance += 1) await say(deps, greedy, { instance });
  expect((await say(deps, other, { instance: 3 })).instance).toBe(3);
  expect((await say(deps, other, { instance: 9 })).instance).not.toBe(9);
});

test("of many hosts that start at once no two have the same instance", async () => {
  const deps = createDeps();
  const calls = await Promise.all(Array.from({ length: 10 }, async () => await hostCall(deps)));
  const answers = await Promise.all(calls.map(async (call) => await say(deps, call, { instance: 7 })));
  expect(new Set(answers.map(({ instance }) => instance)).size).toBe(10);
});

test("a host that starts is told of the others, and they are told of it", async () => {
  const deps = createDeps();
  const [one, two] = [await hostCall(deps), await hostCall(deps)];
  const first = await say(deps, one, { peer_addrs: ["10.0.0.1:5440"] });
  expect(first.peers).toEqual([]);
  const { cursor } = await getChanges(deps, one, {});
  const second = await say(deps, two, { peer_addrs: ["10.0.0.2:5440"] });
  const { hostId } = one.caller;
  const addrs = ["10.0.0.1:5440", "db.example.com:5440"];
  expect(second.peers).toEqual([{ host_id: hostId, instance: first.instance, addrs }]);
  const { instance } = second;
  expect((await say(deps, two, { instance, peer_addrs: ["10.0.0.2:5440"] })).peers).toEqual([]);
  const changes = async () =>
    (await getChanges(deps, one, { after: cursor })).changes.map(({ change }) => change);
  const news = (await changes()).filter((each) => each.type === "peer" && each.host_id === two.caller.hostId);
  expect(news).toEqual([
    { type: "peer", host_id: two.caller.hostId, instance, addrs: ["10.0.0.2:5440", "db.example.com:5440"] },
  ]);
  await say(deps, two, { instance, peer_addrs: ["10.0.0.3:5440"] });
  expect(await changes()).toContainEqual(
    expect.objectContaining({ addrs: ["10.0.0.3:5440", "db.example.com:5440"] }),
  );
});

test("a sign of life is one item, however many databases a host serves", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  const databases = Array.from({ length: 20 }, (_, index) => served(`db-${index}`));
  const { instance } = await say(deps, call, { databases });
  const writes: Write[] = [];
  const store: Store = {
    ...deps.store,
    get: (key) => deps.store.get(key),
    query: (range) => deps.store.query(range),
    commit: async (commit) => {
      writes.push(...commit);
      return await deps.store.commit(commit);
    },
  };
  await say({ ...deps, store }, call, { databases, instance });
  expect(writes).toHaveLength(1);
});

test("a database that an admin has changed is served by hosts that state the change", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  await beat(deps, call, [served()]);
  const kept = await loadDatabase(deps, "aurora");
  if (!kept) throw new Error("it was registered");
  const moved = { ...kept, spec: { ...kept.spec, uri: "new:5432" } };
  await writeResource(deps, admin, { resource: moved, replace: true });
  expect((await beat(deps, call, [served()])).refused).toMatchObject([{ database: "aurora" }]);
  expect((await beat(deps, call, [served("aurora", { uri: "new:5432" })])).refused).toEqual([]);
});

test("a public address that the certificate doesn't name is refused", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  for (const public_addr of ["evil.example.com:5440", "db.example.com", ""]) {
    const refused = heartbeat(deps, call, { public_addr, version: "1", databases: [] });
    await expect(refused).rejects.toMatchObject({ code: "input.invalid" });
  }
  const byAddress = heartbeat(deps, call, { public_addr: "127.0.0.1:5440", version: "1", databases: [] });
  await expect(byAddress).resolves.toMatchObject({ refused: [] });
});

test("a public address is compared with the token's names without case", async () => {
  const deps = createDeps();
  const { token } = await createToken(deps, admin, {
    type: "db",
    ttl: "30m",
    uses: 1,
    names: ["DB.Example.com"],
  });
  const key = await keyCall(createSigner());
  const { host_id } = await joinHost(deps, key, { token, version: "1" });
  const call = {
    caller: { type: "host", hostId: host_id, thumbprint: key.caller.thumbprint },
    address,
  } as const;
  const answer = heartbeat(deps, call, { public_addr: "db.EXAMPLE.com:5440", version: "1", databases: [] });
  await expect(answer).resolves.toMatchObject({ refused: [] });
});

test("two hosts that register the same database at once agree on one", async () => {
  const deps = createDeps();
  const [one, two] = [await hostCall(deps), await hostCall(deps)];
  const answers = await Promise.all([
    beat(deps, one, [served("aurora", { uri: "a:5432" })]),
    beat(deps, two, [served("aurora", { uri: "b:5432" })]),
  ]);
  expect(answers.filter(({ refused }) => refused.length === 0)).toHaveLength(1);
  expect((await allEvents(deps)).filter(({ event }) => event === "db.create")).toHaveLength(1);
});

test("hundreds of databases are one heartbeat", async () => {
  const deps = createDeps();
  const call = await hostCall(deps);
  const databases = Array.from({ length: 150 }, (_, index) => served(`db-${index}`));
  expect((await beat(deps, call, databases)).refused).toEqual([]);
  expect(await loadServers(deps, "db-149")).toHaveLength(1);
  const wrong = databases.map(({ name }) => served(name, { uri: "evil:5432" }));
  expect((await beat(deps, call, wrong)).refused).toHaveLength(150);
  for (let beats = 1; beats < 4; beats += 1) await beat(deps, call, wrong); // each tells the log of some
  expect(await refusals(deps)).toHaveLength(150);
});
