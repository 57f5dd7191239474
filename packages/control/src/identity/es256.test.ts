import { sign, verify } from "node:crypto";
import fc from "fast-check";
import { compactVerify } from "jose/jws/compact/verify";
import { expect, test } from "vitest";
import { p1363FromDer, signCompact } from "./es256.ts";
import { createSigner } from "./test-support.ts";

test("what the signer signs jose verifies", async () => {
  const signer = createSigner();
  for (let i = 0; i < 100; i++) {
    const jws = await signCompact(signer, { typ: "test" }, { i });
    const { protectedHeader } = await compactVerify(jws, signer.publicKeyObject, { algorithms: ["ES256"] });
    expect(protectedHeader).toEqual({ typ: "test", alg: "ES256" });
  }
});

test("every DER signature becomes the P1363 signature of the same numbers, short ones too", () => {
  const { privateKey, publicKeyObject } = createSigner();
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      const signature = p1363FromDer(sign("sha256", data, privateKey));
      return verify("sha256", data, { key: publicKeyObject, dsaEncoding: "ieee-p1363" }, signature);
    }),
    { numRuns: 300 },
  );
  const short = Buffer.from("3006020101020102", "hex");
  expect(Buffer.from(p1363FromDer(short)).toString("hex")).toBe(
    `${"01".padStart(64, "0")}${"02".padStart(64, "0")}`,
  );
});

test("what is no DER signature is refused whatever its bytes", () => {
  const outcome = (bytes: Uint8Array): unknown => {
    try {
      return p1363FromDer(bytes).length;
    } catch (error) {
      return error instanceof Error && error.message.split(":")[0];
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect([64, "invariant"]).toContain(outcome(bytes));
    }),
  );
});
