/** The Signer of one machine: a P-256 key in a file that its owner alone can read. In AWS it is a KMS key. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Signer } from "@postern/control/ports";
import { writePrivateFile } from "./private-file.ts";

/** Makes the key on first use. */
export function fileSigner(file: string): Signer {
  if (!existsSync(file)) writePrivateFile(file, generatePem());
  const privateKey = createPrivateKey(readFileSync(file));
  const publicKey = createPublicKey(privateKey);
  return {
    publicKey: () => Promise.resolve(publicKey),
    sign: (data) => Promise.resolve(sign("sha256", data, privateKey)),
  };
}

function generatePem(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
