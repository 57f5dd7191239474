/** IAM tokens from the AWS SDK: `rds-db:connect` for one database user, after `sts:AssumeRole` where there is a role. */
import {
  type Credentials as AssumedCredentials,
  AssumeRoleCommand,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import { Signer } from "@aws-sdk/rds-signer";
import { Fault } from "@postern/core/fault";
import { type Clock, minute } from "@postern/core/time";
import type { IamToken, IamTokenRequest, IamTokenSigner } from "../ports.ts";

/** What a token lasts, by RDS's own limit. */
const tokenLife = 15 * minute;
/** The least that STS gives; the token that is signed with it lasts no longer. */
const roleSeconds = 900;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface RdsIamOptions {
  readonly clock: Clock;
  /** Absent: the SDK's default provider chain. */
  readonly credentials?: (() => Promise<Credentials>) | undefined;
  /** STS in another place than AWS's own. */
  readonly stsEndpoint?: string | undefined;
}

export function createRdsIamSigner(options: RdsIamOptions): IamTokenSigner {
  const clients = new Map<string, STSClient>();
  return {
    sign: async (request) => {
      const { region } = request;
      const client = clients.get(region) ?? createSts(region, options);
      clients.set(region, client);
      const own = await ownCredentials(client);
      const credentials =
        request.assumeRole === null ? own : await assumeRole(client, request, request.assumeRole);
      return await signToken(request, credentials, options.clock());
    },
  };
}

function createSts(region: string, { credentials, stsEndpoint }: RdsIamOptions): STSClient {
  return new STSClient({
    region,
    ...(credentials !== undefined && { credentials }),
    ...(stsEndpoint !== undefined && { endpoint: stsEndpoint }),
  });
}

/** @throws Fault `cloud.credentials`, whose message names where was looked */
async function ownCredentials(client: STSClient): Promise<Credentials> {
  try {
    return await client.config.credentials();
  } catch (cause) {
    const chain =
      "environment, SSO, shared files, process, web identity token, container and instance metadata";
    throw new Fault(
      "cloud.credentials",
      `no AWS credentials found; the provider chain was: ${chain}`,
      {
        hint: "on EC2 or in a container: does the instance metadata's hop limit (IMDSv2) allow for the container?",
      },
      cause,
    );
  }
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
    throw roleFault(arn, cause);
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

/** For an admin's eyes: STS names both roles in its own words. */
function roleFault(arn: string, cause: unknown): Fault {
  if (cause instanceof STSServiceException && staleCredentials.includes(cause.name)) {
    return new Fault(
      "cloud.credentials",
      `the AWS credentials were not accepted by STS: ${cause.name}`,
      {},
      cause,
    );
  }
  if (cause instanceof STSServiceException && cause.$fault === "client") {
    return new Fault(
      "cloud.refused",
      `sts:AssumeRole of ${arn} was refused: ${cause.message}`,
      {
        hint: "look at the role's trust policy (sts:AssumeRole and sts:SetSourceIdentity), the caller's permission policy, and permission boundaries",
      },
      cause,
    );
  }
  return new Fault("service.unavailable", "STS did not answer", {}, cause);
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
