import { KMSClient } from "@aws-sdk/client-kms";
import type { Signer } from "../ports.ts";
import { createKmsSigner } from "./kms-signer.ts";

/** The signer of a key in KMS, with the credentials and region of the environment. */
export function openKmsSigner(keyId: string): Signer {
  return createKmsSigner(new KMSClient({}), keyId);
}
