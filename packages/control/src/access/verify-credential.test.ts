import { formatClaimsUri } from "@postern/core/credential/claims";
import { hour, minute } from "@postern/core/time";
import { expect, test } from "vitest";
import { authoritySubject } from "../identity/authority.ts";
import { createSigner } from "../identity/test-support.ts";
import { x509 } from "../identity/x509-library.ts";
import { signCertificate } from "../identity/x509-signing.ts";
import { certificateFor, createScene, target } from "./test-support.ts";
import { verifyCredential } from "./verify-credential.ts";

const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;

/** Certificates for a grant that was really issued, each signed by the user CA's own key but for what is overridden. */
async function createForge() {
  const scene = await createScene();
  const { deps, alice } = scene;
  const issued = await certificateFor(scene);
  const granted = await verifyCredential(deps, issued);
  if (granted.type !== "verified") throw new Error("it was just issued");
  const { grant_id, user, login_session } = granted.grant;
  const uri = formatClaimsUri({ cluster: "test", grant_id, user, login_session, ...target });
  const now = deps.clock();
  const forge = async ({
    names = [{ type: "url" as const, value: uri }],
    usages = [clientAuth],
    signer = deps.userCa,
    notBefore = now - minute,
    notAfter = now + minute,
    more = [],
  }: {
    names?: x509.JsonGeneralNames;
    usages?: x509.ExtendedKeyUsageType[];
    signer?: typeof deps.userCa;
    notBefore?: number;
    notAfter?: number;
    more?: x509.Extension[];
  }) => {
    const certificate = await signCertificate(signer, deps.random, {
      subject: [{ CN: ["alice"] }],
      issuer: authoritySubject(deps, "user-ca"),
      publicKey: alice.key.publicKeyObject,
      issuerKey: signer.publicKeyObject,
      notBefore,
      notAfter,
      extensions: [
        ...(usages.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(usages)]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
        ...more,
      ],
    });
    return await verifyCredential(deps, { type: "certificate", certificate });
  };
  return { scene, forge, uri, now };
}

test("a certificate is accepted as it is issued", async () => {
  const { forge } = await createForge();
  expect(await forge({})).toMatchObject({ type: "verified", grant: target });
});

test("a certificate that its authority would not have issued is refused, though its key signed it", async () => {
  const { forge, uri, now } = await createForge();
  const own = { type: "url" as const, value: uri };
  const refused = [
    await forge({ names: [] }),
    await forge({ names: [own, own] }),
    await forge({ names: [own, { type: "url", value: "postern://test/hosts/x" }] }),
    await forge({ names: [own, { type: "dns", value: "alice" }] }),
    await forge({ names: [{ type: "dns", value: `URI:${uri}` }] }),
    await forge({ names: [{ type: "url", value: `${uri}&user=bob` }] }),
    await forge({ usages: [] }),
    await forge({ usages: [serverAuth] }),
    await forge({ more: [new x509.BasicConstraintsExtension(true, 0, true)] }),
    await forge({ notBefore: now + minute, notAfter: now + hour }),
    await forge({ notBefore: now - hour, notAfter: now }),
    await forge({ signer: createSigner() }),
  ];
  expect(refused.map(({ type }) => type)).toEqual(refused.map(() => "deny"));
});

test("a database token of any other form or length is refused", async () => {
  const { scene } = await createForge();
  const token = `pdt_${"0".repeat(26)}_${"A".repeat(32)}`;
  for (const text of [
    "",
    token,
    `${token}A`,
    token.slice(1),
    token.slice(0, -1),
    token.toLowerCase(),
    `${token}\0`,
  ]) {
    expect(await verifyCredential(scene.deps, { type: "token", token: text })).toMatchObject({
      type: "deny",
    });
  }
});
