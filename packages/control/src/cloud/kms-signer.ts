/** A Signer whose key never leaves KMS (key spec ECC_NIST_P256, usage SIGN_VERIFY). */

import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { Fault } from "@postern/core/fault";
import type { Signer } from "../ports.ts";

/** The public key is read once: a KMS key's material never changes. */
export function createKmsSigner(kms: Pick<KMSClient, "send">, keyId: string): Signer {
  let publicKey: Promise<KeyObject> | undefined;
  return {
    publicKey: async () => {
      publicKey ??= readPublicKey(kms, keyId);
      try {
        return await publicKey;
      } catch (error) {
        publicKey = undefined; // the next caller asks again
        throw error;
      }
    },
    sign: async (data) => await sign(kms, keyId, data),
  };
}

async function readPublicKey(kms: Pick<KMSClient, "send">, keyId: string): Promise<KeyObject> {
  const { PublicKey } = await ask(() => kms.send(new GetPublicKeyCommand({ KeyId: keyId })));
  if (!PublicKey) throw unavailable();
  return createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
}

/** Sends the digest: KMS takes raw messages of 4096 bytes at most. It answers the DER signature of ANSI X9.62. */
async function sign(kms: Pick<KMSClient, "send">, keyId: string, data: Uint8Array): Promise<Uint8Array> {
  const command = new SignCommand({
    KeyId: keyId,
    Message: createHash("sha256").update(data).digest(),
    MessageType: "DIGEST",
    SigningAlgorithm: "ECDSA_SHA_256",
  });
  const { Signature } = await ask(() => kms.send(command));
  if (!Signature) throw unavailable();
  return Signature;
}

async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause?: unknown): Fault {
  return new Fault(
    "service.unavailable",
    "the signing key can't be used at the moment",
    { hint: "try again" },
    cause,
  );
}
