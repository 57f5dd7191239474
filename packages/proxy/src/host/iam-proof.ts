/**
 * A host's proof of who it is in AWS: `sts:GetCallerIdentity`, signed by the AWS SDK with the credentials of its default
 * chain, and not sent. Load it where it is needed: the SDK takes a while.
 */
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { Fault } from "@postern/core/fault";
import { challengeHeader, IamProof, signedHeaders } from "@postern/core/iam/identity-request";
import { ProviderChain } from "@postern/core/iam/provider-chain";
import { stsHostOf } from "@postern/core/iam/sts-host";

export interface SigningOptions {
  /** Whose endpoint the proof is for. */
  readonly region: string;
  /** Absent: the SDK's default chain. */
  readonly credentials?: NonNullable<STSClientConfig["credentials"]>;
}

type Headers = Readonly<Record<string, string>>;

/** What the SDK's middleware hands on. */
interface Built {
  readonly request: unknown;
  readonly input: object;
}
interface Answer {
  readonly response: unknown;
  readonly output: { readonly $metadata: object };
}

/** @throws Fault `cloud.credentials` that names where was looked for credentials */
export async function signIdentity(options: SigningOptions, challenge: string): Promise<IamProof> {
  const chain = new ProviderChain();
  const client = new STSClient({ ...options, ...standardEndpoint(options.region), logger: chain.logger });
  try {
    await client.config.credentials().catch((cause: unknown) => {
      throw noCredentials(chain, cause);
    });
    return proofFrom(await signedBy(client, challenge));
  } finally {
    client.destroy();
  }
}

/** Whatever this machine's settings put in its place: the control plane sends a proof to AWS's own endpoints alone. */
function standardEndpoint(region: string) {
  return {
    endpoint: `https://${stsHostOf(region)}`,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  };
}

function noCredentials(chain: ProviderChain, cause: unknown): Fault {
  const message = `no AWS credentials to join with; the provider chain was: ${chain.describe()}`;
  const hint = chain.isMetadataSilent
    ? "the instance metadata didn't answer: in a container its hop limit (IMDSv2) must be 2 or more"
    : "joining by IAM takes credentials of AWS: a task role, an instance profile, or the environment";
  return new Fault("cloud.credentials", message, { hint }, cause);
}

/** The request's headers as the SDK would send them. */
async function signedBy(client: STSClient, challenge: string): Promise<Headers> {
  let signed: Headers = {};
  const command = new GetCallerIdentityCommand({});
  command.middlewareStack.addRelativeTo(
    (next: (args: Built) => Promise<Answer>) => async (args: Built) => {
      setHeaders(args.request, challenge);
      return await next(args);
    },
    { name: "challenge", relation: "before", toMiddleware: "httpSigningMiddleware" },
  );
  command.middlewareStack.add(
    () => async (args) => {
      signed = headersOf(args.request);
      return { output: { $metadata: {} }, response: undefined };
    },
    { name: "capture", step: "deserialize", priority: "high" },
  );
  await client.send(command);
  return signed;
}

/** The signer signs what is there: the challenge, and nothing that the control plane won't send. */
function setHeaders(request: unknown, challenge: string): void {
  const headers = mutableHeaders(request);
  const known = new Set<string>(signedHeaders({ host: "", date: "" }, challenge).map(([name]) => name));
  for (const name of Object.keys(headers)) if (!known.has(name)) delete headers[name];
  headers[challengeHeader] = challenge;
}

function headersOf(request: unknown): Headers {
  return { ...mutableHeaders(request) };
}

/** What the SDK hands on is typed as unknown; it is an HttpRequest of its own. */
function mutableHeaders(request: unknown): Record<string, string> {
  const headers: unknown = request instanceof Object && "headers" in request ? request.headers : undefined;
  if (!(headers instanceof Object)) throw new Error("the SDK's request has no headers");
  return headers as Record<string, string>; // the SDK's HeaderBag
}

function proofFrom(headers: Headers): IamProof {
  const shape = /Credential=([^,]+), SignedHeaders=[^,]+, Signature=([0-9a-f]+)$/;
  const [, credential, signature] = shape.exec(headers["authorization"] ?? "") ?? [];
  const token = headers["x-amz-security-token"];
  return IamProof.parse({
    host: headers["host"],
    date: headers["x-amz-date"],
    ...(token !== undefined && { security_token: token }),
    credential,
    signature,
  });
}
