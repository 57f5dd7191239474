/** IAM tokens from the AWS SDK: `rds-db:connect` for one database user, after `sts:AssumeRole` where there is a role. */
import type { LookupFunction } from "node:net";
import {
  type Credentials as AssumedCredentials,
  AssumeRoleCommand,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import { Signer } from "@aws-sdk/rds-signer";
import { Fault } from "@postern/core/fault";
import { ProviderChain } from "@postern/core/iam/provider-chain";
import { explainRefusedRole } from "@postern/core/iam/role-refusal";
import { stsHostOf } from "@postern/core/iam/sts-host";
import { type Clock, minute, second } from "@postern/core/time";
import { CloudRefusal } from "../health/cloud-problem.ts";
import type { IamToken, IamTokenRequest, IamTokenSigner } from "../ports.ts";
import { type Credentials, loadCredentials } from "./own-credentials.ts";
import type { StsElsewhere } from "./sts-elsewhere.ts";

/** What a token lasts, by RDS's own limit. */
const tokenLife = 15 * minute;
/** The least that STS gives; the token that is signed with it lasts no longer. */
const roleSeconds = 900;
/** Of each of two tries: the proxy gives a session five seconds in all. */
const timeouts = { connectionTimeout: second, requestTimeout: 2 * second, throwOnRequestTimeout: true };

export interface RdsIamOptions {
  readonly clock: Clock;
  /** Absent: the SDK's default provider chain. */
  readonly credentials?: (() => Promise<Credentials>) | undefined;
  /** Absent in AWS, always. */
  readonly sts?: StsElsewhere | undefined;
}

/** An STS client of a region, and what its credential providers say. */
interface Sts {
  readonly client: STSClient;
  readonly chain: ProviderChain;
}

export function createRdsIamSigner(options: RdsIamOptions): IamTokenSigner {
  const regions = new Map<string, Sts>();
  return {
    sign: async (request) => {
      const { region } = request;
      const sts = regions.get(region) ?? createSts(region, options);
      regions.set(region, sts);
      const own = await loadCredentials(() => sts.client.config.credentials(), sts.chain);
      const credentials =
        request.assumeRole === null ? own : await assumeRole(sts.client, request, request.assumeRole);
      return await signToken(request, credentials, options.clock());
    },
  };
}

function createSts(region: string, { credentials, sts }: RdsIamOptions): Sts {
  const chain = new ProviderChain();
  const client = new STSClient({
    region,
    logger: chain.logger,
    maxAttempts: 2,
    requestHandler: timeouts,
    ...(credentials !== undefined && { credentials }),
    ...(sts !== undefined && elsewhere(region, sts)),
  });
  return { client, chain };
}

/** Under the name of AWS's own endpoint, which is signed, and which the certificate must carry. */
function elsewhere(region: string, { host, port, ca }: StsElsewhere) {
  const found = [{ address: host, family: host.includes(":") ? 6 : 4 }];
  const lookup: LookupFunction = (_name, _options, answer) => answer(null, found);
  return {
    endpoint: `https://${stsHostOf(region)}:${port}`,
    requestHandler: { ...timeouts, httpsAgent: { ca, lookup } },
  };
}

async function assumeRole(
  client: STSClient,
  { sourceIdentity }: IamTokenRequest,
  { arn, externalId }: NonNullable<IamTokenRequest["assumeRole"]>,
): Promise<Credentials> {
  const person = stsName(sourceIdentity);
  const command = new AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: person,
    SourceIdentity: person,
    DurationSeconds: roleSeconds,
    ...(externalId !== null && { ExternalId: externalId }),
  });
  const answer = await client.send(command).catch((cause: unknown) => {
    throw roleFault(arn, externalId, cause);
  });
  return assumedCredentials(answer.Credentials);
}

function assumedCredentials(assumed: AssumedCredentials | undefined): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = assumed ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new Fault("service.unavailable", "STS answered without credentials");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

const staleCredentials = [
  "ExpiredTokenException",
  "ExpiredToken",
  "InvalidClientTokenId",
  "SignatureDoesNotMatch",
];

/** For an admin's eyes: the detail names both roles. */
function roleFault(roleArn: string, externalId: string | null, cause: unknown): Fault {
  if (!(cause instanceof STSServiceException) || cause.$fault !== "client")
    return new Fault("service.unavailable", "STS did not answer", {}, cause);
  const { name: code, message } = cause;
  if (staleCredentials.includes(code)) {
    const hint = "is the clock right? Are the credentials still good? Is the session token theirs?";
    const refused = `the AWS credentials were not accepted by STS: ${code}`;
    return new Fault("cloud.credentials", refused, { hint }, cause);
  }
  const { detail, summary, hint } = explainRefusedRole({ roleArn, externalId, code, message });
  return new CloudRefusal(detail, summary, hint, cause);
}

/** STS takes 2 to 64 of these characters. A user's name is among them; one of a single letter gets a `=`, which none has. */
function stsName(user: string): string {
  return user
    .replaceAll(/[^\w+=,.@-]/g, "=")
    .slice(0, 64)
    .padEnd(2, "=");
}

async function signToken(request: IamTokenRequest, credentials: Credentials, now: number): Promise<IamToken> {
  const { host: hostname, port, region, dbUser: username } = request;
  const token = await new Signer({ hostname, port, region, username, credentials }).getAuthToken();
  const { expiration } = credentials;
  const expiresAt = Math.min(now + tokenLife, expiration?.getTime() ?? Number.POSITIVE_INFINITY);
  return { token, expiresAt };
}
