import { minute } from "@postern/core/time";
import { expect, test } from "vitest";
import { joinHost } from "../host/join.ts";
import {
  admin,
  allEvents,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  loginAs,
  type TestDeps,
} from "../identity/test-support.ts";
import { createToken, deleteToken, listTokens } from "./token.ts";
import { loadTokens } from "./token-record.ts";

const input = { type: "db", ttl: "30m", uses: 2, names: ["localhost", "127.0.0.1"] } as const;

async function create(
  deps: TestDeps,
  overrides: Partial<{ uses: number; names: string[]; ttl: string }> = {},
) {
  return await createToken(deps, admin, { ...input, names: [...input.names], ...overrides });
}

test("a token is shown once, listed masked, and kept as a hash", async () => {
  const deps = createDeps();
  const { token, roles, expires } = await create(deps);
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect({ roles, expires: Date.parse(expires) }).toEqual({
    roles: ["Db"],
    expires: deps.clock() + 30 * minute,
  });
  expect(await listTokens(deps, admin)).toEqual({
    tokens: [
      {
        token: token.slice(0, 8),
        join_method: "token",
        roles: ["Db"],
        uses: 2,
        expires,
        created_by: "local-admin",
      },
    ],
  });
  const kept = JSON.stringify([await loadTokens(deps), await allEvents(deps)]);
  expect(kept).not.toContain(token);
});

test("a token is deleted by its secret or by its first characters, and no longer admits", async () => {
  const deps = createDeps();
  const [one, two] = [await create(deps), await create(deps)];
  await deleteToken(deps, admin, { token: one.token });
  await deleteToken(deps, admin, { token: two.token.slice(0, 8) });
  expect(await listTokens(deps, admin)).toEqual({ tokens: [] });
  const key = await keyCall(createSigner());
  await expect(joinHost(deps, key, { token: one.token, version: "1" })).rejects.toMatchObject({
    code: "token.spent",
  });
  const names = (await allEvents(deps)).flatMap((event) =>
    event.event === "join_token.delete" ? [event.name] : [],
  );
  expect(names.sort()).toEqual([one.token.slice(0, 8), two.token.slice(0, 8)].sort());
});

test("neither an unknown secret nor one that only begins like a token's deletes anything", async () => {
  const deps = createDeps();
  const { token } = await create(deps);
  for (const wrong of [`${token.slice(0, 31)}g`, "0".repeat(32), "zzzz"]) {
    await expect(deleteToken(deps, admin, { token: wrong })).rejects.toMatchObject({
      code: "resource.missing",
    });
  }
  expect(await loadTokens(deps)).toHaveLength(1);
});

test("what several tokens begin with deletes none of them", async () => {
  const deps = createDeps();
  for (const beginning of ["abcd0001", "abcd0002"]) {
    await create({ ...deps, random: (count) => Buffer.from(beginning.padEnd(2 * count, "5"), "hex") });
    deps.advance(1000); // the events' ids are made of the same bytes
  }
  await expect(deleteToken(deps, admin, { token: "abcd" })).rejects.toMatchObject({ code: "input.invalid" });
  await expect(deleteToken(deps, admin, { token: "abcd0001" })).resolves.toEqual({});
});

test("names that no certificate can carry are refused and audited", async () => {
  const deps = createDeps();
  for (const name of ["*.example.com", "a b", "https://x", "999.1.1.1"]) {
    const refused = create(deps, { names: ["localhost", name] });
    await expect(refused).rejects.toMatchObject({
      code: "input.invalid",
      data: { issues: [{ path: "names[1]" }] },
    });
  }
  expect((await allEvents(deps)).map(({ code }) => code)).toEqual(["TJT00W", "TJT00W", "TJT00W", "TJT00W"]);
});

test("without the right no token is made, listed or deleted", async () => {
  const deps = createDeps();
  await createRole(deps, "nothing", {});
  await createUser(deps, "alice", ["nothing"]);
  const { call } = await loginAs(deps, "alice");
  const { token } = await create(deps);
  const refused = { code: "access.denied" };
  await expect(createToken(deps, call, { ...input, names: [] })).rejects.toMatchObject(refused);
  await expect(listTokens(deps, call)).rejects.toMatchObject(refused);
  await expect(deleteToken(deps, call, { token })).rejects.toMatchObject(refused);
  expect(await loadTokens(deps)).toHaveLength(1);
});

test("spent and expired tokens are not listed", async () => {
  const deps = createDeps();
  const { token } = await create(deps, { uses: 1 });
  await joinHost(deps, await keyCall(createSigner()), { token, version: "1" });
  await create(deps, { ttl: "1m" });
  deps.advance(minute);
  expect(await listTokens(deps, admin)).toEqual({ tokens: [] });
});
