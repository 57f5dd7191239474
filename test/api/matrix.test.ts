/**
 * Who may do what, over HTTP: every row of the route table by every kind of caller, and by users with each single right.
 * What is expected is read off the table alone, so that a row is held to what it says of itself.
 */
import { randomUUID } from "node:crypto";
import { createRole, createUser, loginAs } from "@postern/control/identity/test-support";
import { hostKey } from "@postern/control/keys";
import type { CallerType, Right, Route } from "@postern/core/api/route";
import { type RouteName, routes } from "@postern/core/api/routes";
import { type Rule, ruleResources, verbs } from "@postern/core/resource/rule";
import type { Identity, TestRequest } from "@postern/functions/test-support";
import { describe, expect, test } from "vitest";
import { type Answer, type Api, createApi, joinHost, statedDatabase } from "./support/api.ts";

const rows = Object.entries(routes) as [RouteName, Route][]; // Object.entries forgets the keys

/** What a row takes beside its path's parameters, where a right is asked for only once that was understood. */
const bodies: Partial<Record<RouteName, () => unknown>> = {
  writeResource: () => ({
    resource: { kind: "role", version: "v8", metadata: { name: randomUUID() }, spec: {} },
  }),
  inviteUser: () => ({ name: randomUUID(), roles: ["empty"] }),
  createToken: () => ({ type: "db" }),
};

/** Kinds of resource that a row may be asked for, where its right is `by-kind`. */
const kind = "role";

function requestFor(name: RouteName): TestRequest {
  const { method, path, body } = routes[name] as Route;
  const params: Record<string, string> = {
    kind,
    name: "nobody-holds-it",
    token: "0".repeat(32),
    sid: "none",
    grant_id: "none",
  };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => params[parameter] ?? "");
  return { method, path: filled, ...(body !== undefined && { body: bodies[name]?.() ?? {} }) };
}

type Verdict = "let in" | "401" | "not for his kind" | "without the right";

/** How far a call came. Whether what it asked for was there is another matter. */
function verdictOf({ status, code, body }: Answer): Verdict {
  if (status === 401) return "401";
  if (status === 500) throw new Error(`a call failed: ${JSON.stringify(body)}`);
  if (code !== "access.denied") return "let in";
  return JSON.stringify(body).includes("this is not for a") ? "not for his kind" : "without the right";
}

function expectedOf(row: Route, type: CallerType, holds: (right: Right) => boolean): Verdict {
  if (row.callers.includes("anyone")) return "let in";
  if (!row.callers.includes(type)) return type === "anyone" || type === "key" ? "401" : "not for his kind";
  if (type !== "user" || row.right === null) return "let in";
  const { resource, verb } = row.right;
  return holds({ resource: resource === "by-kind" ? kind : resource, verb }) ? "let in" : "without the right";
}

/** Calls every row as the caller; the logout comes last, as it ends the caller's session. */
async function verdicts({ call }: Api, caller: Identity): Promise<Record<string, Verdict>> {
  const ordered = rows.toSorted(([a], [b]) => Number(a === "logout") - Number(b === "logout"));
  const seen: Record<string, Verdict> = {};
  for (const [name] of ordered) seen[name] = verdictOf(await call(caller, requestFor(name)));
  return seen;
}

function expected(type: CallerType, holds: (right: Right) => boolean): Record<string, Verdict> {
  return Object.fromEntries(rows.map(([name, row]) => [name, expectedOf(row, type, holds)]));
}

const nothing = () => false;

test("every row names its callers, and a right where users are among those who change or see what isn't theirs", () => {
  const ofOnesOwn = ["logout", "getStatus", "createCredential", "deleteCredential", "listDatabases"];
  const names = (isMeant: (row: Route) => boolean) =>
    rows.filter(([, row]) => isMeant(row)).map(([name]) => name);
  expect(names(({ callers }) => callers.length === 0)).toEqual([]);
  expect(names(({ callers }) => callers.includes("anyone") && callers.length > 1)).toEqual([]);
  expect(names(({ callers, right }) => right !== null && callers.join() !== "user,admin")).toEqual([]);
  expect(names(({ callers, right }) => right === null && callers.includes("user"))).toEqual(ofOnesOwn);
});

test.each(["anyone", "key", "host", "admin"] as const)(
  "%s is let in by the rows that name him, and by no other",
  async (type) => {
    const api = await createApi();
    expect(await verdicts(api, api.identities[type])).toEqual(expected(type, nothing));
  },
);

test("a host that was removed is let in nowhere, whatever its certificate says", async () => {
  const api = await createApi();
  const host = await joinHost(api, statedDatabase());
  await api.scene.deps.store.commit([
    { type: "delete", key: hostKey(host.hostId), condition: { type: "present" } },
  ]);
  const seen = await verdicts(api, host);
  for (const [name, row] of rows) {
    expect([name, seen[name]]).toEqual([name, row.callers.includes("anyone") ? "let in" : "401"]);
  }
});

describe("a user", () => {
  async function createBob(): Promise<Api> {
    const api = await createApi();
    await createRole(api.scene.deps, "empty", {});
    await createRole(api.scene.deps, "one", {});
    await createUser(api.scene.deps, "bob", ["one"]);
    return api;
  }

  /** Bob, logged in anew, with these rules alone. */
  async function bobWith({ scene }: Api, ...rules: Rule[]): Promise<Identity> {
    await createRole(scene.deps, "one", { allow: { rules } });
    const { key, accessToken } = await loginAs(scene.deps, "bob");
    return { key, token: accessToken };
  }

  test("without any right sees what is his own, and each refusal is audited", async () => {
    const api = await createBob();
    const seen = await verdicts(api, await bobWith(api));
    expect(seen).toEqual(expected("user", nothing));
    const refused = Object.values(seen).filter((verdict) => verdict !== "let in" && verdict !== "401");
    const audited = (await api.events()).filter((event) => "user" in event && event.user === "bob");
    expect(audited.filter(({ code }) => code.endsWith("W"))).toHaveLength(refused.length);
  });

  test.each(ruleResources)(
    "with a single right to %s gets in by the rows that take it, and by no other",
    async (resource) => {
      const api = await createBob();
      for (const verb of verbs) {
        const bob = await bobWith(api, { resources: [resource], verbs: [verb] });
        const holds = (right: Right) => right.resource === resource && right.verb === verb;
        expect({ verb, ...(await verdicts(api, bob)) }).toEqual({ verb, ...expected("user", holds) });
      }
    },
  );

  test("with every right but those to one kind doesn't get in by that kind's rows", async () => {
    const api = await createBob();
    for (const denied of ruleResources) {
      const resources = ruleResources.filter((each) => each !== denied);
      const bob = await bobWith(api, { resources, verbs: ["*", "escalate"] });
      const holds = ({ resource }: Right) => resource !== denied;
      expect({ denied, ...(await verdicts(api, bob)) }).toEqual({ denied, ...expected("user", holds) });
    }
  });
});
