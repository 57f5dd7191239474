/**
 * Whom each key listens to. KMS's default policy would let any IAM policy of the account grant the use of a key; here
 * IAM can only let people administer it, and the one role that may sign is named in the key itself.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
import { functions } from "./functions.ts";
import { accessTokenKey, hostCaKey, userCaKey } from "./keys.ts";

const account = aws.getCallerIdentityOutput().accountId;
const partition = aws.getPartitionOutput().partition;

restrictUse("UserCaKeyPolicy", userCaKey, functions.auth);
restrictUse("AccessTokenKeyPolicy", accessTokenKey, functions.auth);
restrictUse("HostCaKeyPolicy", hostCaKey, functions.join);

function restrictUse(name: string, key: aws.kms.Key, signer: sst.aws.Function) {
  new aws.kms.KeyPolicy(name, {
    keyId: key.keyId,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [administrators(), onlySigner(signer)],
    }),
  });
}

/** All that keeps a key, nothing that uses it; grants are left out, for a grant hands on the use. */
function administrators() {
  return {
    Sid: "Administer",
    Effect: "Allow",
    Principal: { AWS: $interpolate`arn:${partition}:iam::${account}:root` },
    Action: [
      "kms:CancelKeyDeletion",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:EnableKey",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:GetPublicKey",
      "kms:ListGrants",
      "kms:ListKeyPolicies",
      "kms:ListResourceTags",
      "kms:PutKeyPolicy",
      "kms:RevokeGrant",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateKeyDescription",
    ],
    // In a key's own policy `*` is that key.
    Resource: "*",
  };
}

function onlySigner(signer: sst.aws.Function) {
  return {
    Sid: "Sign",
    Effect: "Allow",
    Principal: { AWS: signer.nodes.role.arn },
    Action: "kms:Sign",
    Resource: "*",
    Condition: { StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256" } },
  };
}
