import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { expect, test } from "vitest";
import { createKmsSigner } from "./kms-signer.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** Answers as KMS does for a key of spec ECC_NIST_P256, and counts what it was asked. */
function createKms(fail: () => boolean = () => false) {
  const asked: string[] = [];
  const send = async (command: unknown): Promise<object> => {
    if (fail()) throw new Error("AccessDeniedException: arn:aws:kms:…");
    if (command instanceof GetPublicKeyCommand) {
      asked.push("public key");
      return { PublicKey: publicKey.export({ type: "spki", format: "der" }) };
    }
    if (!(command instanceof SignCommand)) throw new Error("not a command that a signer needs");
    asked.push("sign");
    expect(command.input).toMatchObject({
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
      KeyId: "key",
    });
    return { Signature: signDigest(Buffer.from(command.input.Message ?? [])) };
  };
  return { kms: { send } as unknown as KMSClient, asked }; // a stand-in for the two commands, which it checks
}

/** The data whose digest KMS was given: Node signs no digests, so the stand-in knows what was signed. */
const known = new Map<string, Buffer>();
function signDigest(digest: Buffer): Buffer {
  const data = known.get(digest.toString("hex"));
  if (!data) throw new Error("not the SHA-256 of what was to be signed");
  return sign("sha256", data, privateKey);
}

test("what it signs verifies with its public key, however long", async () => {
  const { kms, asked } = createKms();
  const signer = createKmsSigner(kms, "key");
  for (const data of [Buffer.from("short"), Buffer.alloc(5000, "long")]) {
    known.set(createHash("sha256").update(data).digest("hex"), data);
    const signature = await signer.sign(data);
    expect(verify("sha256", data, await signer.publicKey(), signature)).toBe(true);
  }
  expect(asked.filter((what) => what === "public key")).toHaveLength(1);
});

test("where KMS can't be used the caller is told so and no more, and the next call asks again", async () => {
  let failing = true;
  const { kms } = createKms(() => failing);
  const signer = createKmsSigner(kms, "key");
  const refused = { code: "service.unavailable", message: expect.not.stringContaining("arn:") };
  await expect(signer.publicKey()).rejects.toMatchObject(refused);
  await expect(signer.sign(Buffer.from("x"))).rejects.toMatchObject(refused);
  failing = false;
  expect((await signer.publicKey()).equals(publicKey)).toBe(true);
});
