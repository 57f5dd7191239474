/** Our own AWS credentials, from the SDK's default chain; where there are none, what each of its places said. */
import { Fault } from "@postern/core/fault";
import type { ProviderChain } from "@postern/core/iam/provider-chain";
import { second } from "@postern/core/time";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** The proxy gives a session five seconds in all. Instance metadata that is out of reach takes two to say nothing. */
const patienceMs = 4 * second;

const metadataHint =
  "the instance metadata didn't answer: in a container its hop limit (IMDSv2) must be 2 or more: aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-put-response-hop-limit 2";
const anyHint = "give the control plane's function a role, or this process credentials of AWS";

/** @throws Fault `cloud.credentials`, whose message names where was looked, within four seconds */
export async function loadCredentials(
  provide: () => Promise<Credentials>,
  chain: ProviderChain,
): Promise<Credentials> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), patienceMs);
  });
  try {
    return await Promise.race([provide(), late]);
  } catch (cause) {
    const message = `no AWS credentials found; the provider chain was: ${chain.describe()}`;
    const hint = chain.isMetadataSilent ? metadataHint : anyHint;
    throw new Fault("cloud.credentials", message, { hint }, cause);
  } finally {
    clearTimeout(timer);
  }
}
