/** The signing keys, one purpose and one function each (key-policies.ts): none can be taken out of KMS. */
import { production } from "./stage.ts";

sst.Linkable.wrap(aws.kms.Key, (key) => ({ properties: { keyId: key.keyId }, include: [] }));

export const userCaKey = signingKey("UserCaKey", "signs people's client certificates");
export const accessTokenKey = signingKey("AccessTokenKey", "signs access tokens");
export const hostCaKey = signingKey("HostCaKey", "signs the server certificates of proxies");

/** Outlives the stack that made it: who loses a key loses every certificate and signature under it. */
function signingKey(name: string, purpose: string) {
  return new aws.kms.Key(
    name,
    {
      description: `${$app.name} ${$app.stage}: ${purpose}`,
      customerMasterKeySpec: "ECC_NIST_P256",
      keyUsage: "SIGN_VERIFY",
      deletionWindowInDays: 30,
    },
    { retainOnDelete: true, protect: production },
  );
}
