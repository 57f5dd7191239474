import { expect, test } from "vitest";
import { ProviderChain } from "./provider-chain.ts";

/** Word for word what the SDK (3.1169) says on a machine without credentials. */
const nothing = [
  "@aws-sdk/credential-provider-node - defaultProvider::fromEnv",
  "@aws-sdk/credential-provider-env - fromEnv",
  "@smithy/property-provider -> Unable to find environment variable credentials.",
  "@aws-sdk/credential-provider-node - defaultProvider::fromSSO",
  "@smithy/property-provider -> Skipping SSO provider in default chain (inputs do not include SSO fields).",
  "@aws-sdk/credential-provider-node - defaultProvider::remoteProvider",
  "@aws-sdk/credential-provider-node - remoteProvider::fromInstanceMetadata",
  "AWS SDK Instance Metadata using v1 fallback (initial)",
  "@smithy/property-provider -> AWS_EC2_METADATA_V1_DISABLED not set in env, checking config file next.",
  "@smithy/property-provider (!) Could not load credentials from any providers",
];

function heard(...lines: string[]): ProviderChain {
  const chain = new ProviderChain();
  for (const line of lines) chain.logger.debug(line);
  return chain;
}

test("every place is named with what it said", () => {
  const chain = heard(...nothing);
  expect(chain.describe()).toBe(
    "environment: Unable to find environment variable credentials; " +
      "SSO: Skipping SSO provider in default chain (inputs do not include SSO fields); " +
      "instance metadata (IMDS): no answer",
  );
  expect(chain.isMetadataSilent).toBe(true);
});

test("metadata that is switched off is not silent", () => {
  const off = "@smithy/property-provider -> EC2 Instance Metadata Service access disabled";
  const chain = heard(...nothing.slice(0, 6), off);
  expect(chain.describe()).toMatch(/instance metadata: EC2 Instance Metadata Service access disabled$/);
  expect(chain.isMetadataSilent).toBe(false);
});

test("a chain that is gone through again is told once", () => {
  expect(heard(...nothing, ...nothing).describe()).toBe(heard(...nothing).describe());
});

test("a profile that is set takes the environment's place", () => {
  const profile = "@smithy/property-provider -> AWS_PROFILE is set, skipping fromEnv provider.";
  expect(heard(...nothing, profile).describe()).toBe(
    "environment: AWS_PROFILE is set, skipping fromEnv provider",
  );
});

test("what else a client logs is not listened to", () => {
  const chain = new ProviderChain();
  chain.logger.info();
  chain.logger.debug({ input: "secret" });
  chain.logger.debug("secret");
  expect(chain.describe()).toBe("no provider was asked");
});
