import type { Lock } from "@postern/core/resource/lock";
import { formatTime, minute } from "@postern/core/time";
import { expect, test } from "vitest";
import { getChanges } from "../changes/read.ts";
import { authenticate } from "../identity/authenticate.ts";
import { login } from "../identity/login.ts";
import { admin, alicePassword, allEvents, createSigner, keyCall, present } from "../identity/test-support.ts";
import { deleteResource } from "../resource/delete.ts";
import { writeResource } from "../resource/write.ts";
import {
  certificateFor,
  createScene,
  openAllowed,
  openDenied,
  requestWith,
  type Scene,
} from "./test-support.ts";

function lockOn(user: string, more: Partial<Lock["spec"]> = {}): Lock {
  return {
    kind: "lock",
    version: "v2",
    metadata: { name: "incident-7" },
    spec: { target: { user }, message: "call security", ...more },
  };
}

async function write({ deps }: Scene, lock: Lock): Promise<void> {
  await writeResource(deps, admin, { resource: lock, replace: true });
}

async function ended({ deps, host }: Scene) {
  const { changes } = await getChanges(deps, host, {});
  return changes.map(({ change }) => change).filter(({ type }) => type === "user_ended");
}

test("a locked user opens nothing, with a credential that was good before, and is told why", async () => {
  const scene = await createScene();
  const credential = await certificateFor(scene);
  await write(scene, lockOn("alice"));
  const denied = await openDenied(scene, requestWith(credential));
  expect(denied).toMatchObject({ sqlstate: "28000", message: expect.stringContaining("call security") });
  await deleteResource(scene.deps, admin, { kind: "lock", name: "incident-7" });
  await openAllowed(scene, requestWith(credential));
});

test("hosts are told to end what the user has open", async () => {
  const scene = await createScene();
  await write(scene, lockOn("alice"));
  expect(await ended(scene)).toEqual([
    { type: "user_ended", user: "alice", account: null, reason: "the user is locked: call security" },
  ]);
});

test("neither his password nor his access token is good meanwhile; a wrong password learns nothing of it", async () => {
  const scene = await createScene();
  const { deps, alice } = scene;
  await write(scene, lockOn("alice"));
  const logIn = async (password: string) =>
    await login(deps, await keyCall(createSigner()), { user: "alice", password });
  await expect(logIn(alicePassword)).rejects.toMatchObject({ code: "access.denied" });
  await expect(logIn("wrong")).rejects.toMatchObject({ code: "auth.invalid" });
  const presented = await present(deps, alice.key, alice.accessToken);
  await expect(authenticate(deps, presented)).rejects.toMatchObject({ code: "access.denied" });
});

test("a lock is over when it expires, and one that was over from the start ends nothing", async () => {
  const scene = await createScene();
  const { deps } = scene;
  const credential = await certificateFor(scene);
  await write(scene, lockOn("alice", { expires: formatTime(deps.clock() + minute) }));
  await openDenied(scene, requestWith(credential));
  deps.advance(minute);
  await scene.beat();
  await openAllowed(scene, requestWith(credential));
  const before = await ended(scene);
  await write(scene, lockOn("alice", { expires: formatTime(deps.clock()) }));
  expect(await ended(scene)).toEqual(before);
});

test("others are not concerned", async () => {
  const scene = await createScene();
  await write(scene, lockOn("bob"));
  const session = await openAllowed(scene, requestWith(await certificateFor(scene)));
  expect(session).toMatchObject({ user: "alice" });
});

test("locking and unlocking are in the audit log", async () => {
  const scene = await createScene();
  await write(scene, lockOn("alice"));
  await write(scene, lockOn("bob"));
  await deleteResource(scene.deps, admin, { kind: "lock", name: "incident-7" });
  const codes = (await allEvents(scene.deps)).map(({ code }) => code);
  expect(codes.filter((code) => /LK/.test(code)).toSorted()).toEqual(["PLK02I", "TLK00I", "TLK01I"]);
});
