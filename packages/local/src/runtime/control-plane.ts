/** The control plane of one machine: the functions that `sst deploy` ships, over what this machine has. */
import { randomBytes } from "node:crypto";
import { IamTokens } from "@postern/control/access/iam-tokens";
import { createRdsIamSigner } from "@postern/control/cloud/rds-iam";
import { createPrincipalVerifier } from "@postern/control/cloud/sts-principal";
import type { LocalVerifier } from "@postern/control/identity/authenticate";
import { ensureAuthority } from "@postern/control/identity/authority";
import type { Base } from "@postern/control/ports";
import { ensurePresets } from "@postern/control/resource/preset";
import type { FunctionName } from "@postern/core/api/route";
import { createFunction, type HttpFunction } from "@postern/functions/app";
import { reportCloud } from "@postern/functions/cloud-report";
import { adminHandlers } from "@postern/functions/handlers/admin";
import { authHandlers } from "@postern/functions/handlers/auth";
import { authorizeHandlers } from "@postern/functions/handlers/authorize";
import { ingestHandlers } from "@postern/functions/handlers/ingest";
import { joinHandlers } from "@postern/functions/handlers/join";
import { readHandlers } from "@postern/functions/handlers/read";
import { functionFor } from "@postern/functions/route-match";
import type { Store } from "@postern/store/port";
import { fileSigner } from "../file-signer.ts";
import type { HttpHandler } from "../http/answer.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Settings } from "./settings.ts";

export const version = "0.1.0";

/** What every function needs. The first origin is the one that people are told. */
export function createBase(store: Store, settings: Settings, port: number): Base {
  const origin = (host: string): string => new URL(`http://${host}:${port}`).origin;
  const origins = [origin("localhost"), origin("127.0.0.1"), origin("[::1]")] as const;
  const config = { clusterName: settings.cluster_name, version, origins };
  return { store, clock: Date.now, random: (count) => randomBytes(count), config };
}

/** Each function gets the keys and credentials of its job and no others, as in AWS. */
export async function createControlPlane(
  base: Base,
  folder: DataFolder,
  settings: Settings,
  verifyLocal: LocalVerifier,
): Promise<HttpHandler> {
  const auth = {
    ...base,
    userCa: fileSigner(folder.key("user-ca")),
    accessTokens: fileSigner(folder.key("access-token")),
  };
  const join = {
    ...base,
    hostCa: fileSigner(folder.key("host-ca")),
    principals: createPrincipalVerifier(),
  };
  // Before anyone connects: a proxy believes only the authorities that it has been told of.
  await ensureAuthority(base, "user-ca", auth.userCa);
  await ensureAuthority(base, "access-token", auth.accessTokens);
  await ensureAuthority(base, "host-ca", join.hostCa);
  await ensurePresets(base);
  const authorize = { ...base, iamTokens: new IamTokens(iamSigner(settings)), reportCloud };
  const options = { verifyLocal };
  const read = createFunction("read", readHandlers, base, options);
  const functions: Partial<Record<FunctionName, HttpFunction>> = {
    auth: createFunction("auth", authHandlers, auth, options),
    join: createFunction("join", joinHandlers, join, options),
    authorize: createFunction("authorize", authorizeHandlers, authorize, options),
    ingest: createFunction("ingest", ingestHandlers, base, options),
    admin: createFunction("admin", adminHandlers, base, options),
  };
  return async (event) => {
    const { method, path } = event.requestContext.http;
    return await (functions[functionFor(method, path)] ?? read)(event);
  };
}

/** The AWS SDK signs with the stand-in's own IAM user. */
function iamSigner({ aws }: Settings) {
  const credentials = { accessKeyId: aws.access_key_id, secretAccessKey: aws.secret_access_key };
  return createRdsIamSigner({ clock: Date.now, credentials: () => Promise.resolve(credentials) });
}
