import { X509Certificate } from "node:crypto";
import type { PresentedCredential } from "@postern/core/api/host";
import { parseClaimsUri } from "@postern/core/credential/claims";
import { parseDatabaseToken } from "@postern/core/credential/database-token";
import { expect, test } from "vitest";
import {
  certificateFor,
  createScene,
  openAllowed,
  openDenied,
  requestWith,
  tokenFor,
} from "../access/test-support.ts";
import { deleteCredential } from "./credential-end.ts";
import { allEvents, createUser, loginAs } from "./test-support.ts";

function grantOf(credential: PresentedCredential): string {
  if (credential.type === "token") return parseDatabaseToken(credential.token)?.grant_id ?? "";
  const { subjectAltName = "" } = new X509Certificate(credential.certificate);
  return parseClaimsUri(subjectAltName.replace("URI:", ""))?.grant_id ?? "";
}

test.each([
  ["certificate", certificateFor],
  ["database token", tokenFor],
])("a %s that was given up opens no session", async (_, issue) => {
  const scene = await createScene();
  const credential = await issue(scene);
  await openAllowed(scene, requestWith(credential));
  await deleteCredential(scene.deps, scene.alice.call, { grant_id: grantOf(credential) });
  expect(await openDenied(scene, requestWith(credential))).toMatchObject({ sqlstate: "28000" });
});

test("it is audited, once", async () => {
  const scene = await createScene();
  const { deps, alice } = scene;
  const grant_id = grantOf(await certificateFor(scene));
  const end = () => deleteCredential(deps, alice.call, { grant_id });
  await Promise.allSettled([end(), end()]);
  const ended = (await allEvents(deps)).filter(({ event }) => event === "cert.delete");
  expect(ended).toMatchObject([
    { code: "PC001I", user: "alice", cert_type: "certificate", grant_id, db_service: "aurora" },
  ]);
});

test("another's credential is as if it weren't there, and stays", async () => {
  const scene = await createScene();
  const credential = await certificateFor(scene);
  const grant_id = grantOf(credential);
  await createUser(scene.deps, "bob", ["db"]);
  const bob = await loginAs(scene.deps, "bob");
  const missing = { code: "resource.missing" };
  await expect(deleteCredential(scene.deps, bob.call, { grant_id })).rejects.toMatchObject(missing);
  for (const none of ["gr_1", "a#b"])
    await expect(deleteCredential(scene.deps, bob.call, { grant_id: none })).rejects.toMatchObject(missing);
  await openAllowed(scene, requestWith(credential));
});
