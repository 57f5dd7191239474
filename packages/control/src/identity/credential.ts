/**
 * Issues credentials: for one database, database user and database name, for minutes. Whether the user may is decided
 * here only so that he learns it early; the decision that binds is made at every new session, with his roles of then.
 */

import type { CredentialRequest, CredentialResponse } from "@postern/core/api/identity";
import { formatDatabaseToken } from "@postern/core/credential/database-token";
import { createId } from "@postern/core/id";
import { formatTime } from "@postern/core/time";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { loginSessionKey } from "../keys.ts";
import type { AuthDeps, Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { loginExpired } from "./access-token.ts";
import { issueClientCertificate, parsePublicKey } from "./certificate.ts";
import { credentialEnd } from "./credential-lifetime.ts";
import { type Grant, grantWrite } from "./grant.ts";
import { loadLoginSession } from "./login-session.ts";
import { hashSecret } from "./secret.ts";
import { type Allowance, requireServed } from "./served-target.ts";
import { trustedCertificates } from "./trust.ts";

/** A GUI client opens two or three connections with one password. */
const tokenUses = 3;
/** 192 bits: 32 characters of base64url. */
const tokenSecretBytes = 24;

type UserCall = Call<CallerOf<"user">>;

/**
 * @throws Fault `access.denied` where no role allows the target, `resource.missing` for a database that isn't there,
 *   `service.unavailable` where no host serves it, `input.invalid` for a key that isn't P-256. Each is audited.
 */
export async function createCredential(
  deps: AuthDeps,
  call: UserCall,
  input: CredentialRequest,
): Promise<CredentialResponse> {
  return await auditRefusal(
    deps,
    (refusal) => ({ event: "cert.create", code: "TC000W", ...requestFacts(call, input), ...refusal }),
    async () => {
      const { addrs, access } = await requireServed(deps, call, input);
      const draft = await draftGrant(deps, call.caller, input, access);
      const { grant, credential } = await issue(deps, draft, input);
      await commitGrant(deps, call, grant, input);
      const [public_addr, ...fallback_addrs] = addrs;
      return {
        ...credential,
        grant_id: grant.grant_id,
        expires_at: formatTime(grant.ends_at),
        public_addr,
        fallback_addrs,
        host_ca: await trustedCertificates(deps, "host-ca"),
      };
    },
  );
}

function requestFacts(
  { caller, address }: UserCall,
  { type, database, db_user, db_name }: CredentialRequest,
) {
  return {
    user: caller.user,
    cert_type: type,
    db_service: database,
    db_user,
    db_name,
    "addr.remote": address,
  } as const;
}

/** The grant but for what only the issuing tells. */
async function draftGrant(
  base: Base,
  caller: CallerOf<"user">,
  input: CredentialRequest,
  access: Allowance,
): Promise<Omit<Grant, "type" | "uses_left" | "secret_hash">> {
  const session = await loadLoginSession(base, caller.user, caller.loginSession);
  if (!session) throw loginExpired();
  const now = base.clock();
  const { database, db_user, db_name } = input;
  return {
    grant_id: createId("grant", now, base.random),
    user: caller.user,
    login_session: session.id,
    database,
    db_user,
    db_name,
    ends_at: credentialEnd(input, access, session.ends_at, now),
  };
}

type Issued =
  | { readonly type: "certificate"; readonly certificate: string }
  | { readonly type: "token"; readonly token: string; readonly uses: number };

async function issue(
  deps: AuthDeps,
  draft: Awaited<ReturnType<typeof draftGrant>>,
  input: CredentialRequest,
): Promise<{ readonly grant: Grant; readonly credential: Issued }> {
  if (input.type === "certificate") {
    const { ends_at, ...facts } = draft;
    const claims = { cluster: deps.config.clusterName, ...facts };
    const key = parsePublicKey(input.public_key);
    const { certificate } = await issueClientCertificate(deps, deps.userCa, claims, key, ends_at);
    const grant: Grant = { ...draft, type: "certificate", uses_left: null, secret_hash: null };
    return { grant, credential: { type: "certificate", certificate } };
  }
  const secret = Buffer.from(deps.random(tokenSecretBytes)).toString("base64url");
  const token = formatDatabaseToken({ grant_id: draft.grant_id, secret });
  const grant: Grant = { ...draft, type: "token", uses_left: tokenUses, secret_hash: hashSecret(secret) };
  return { grant, credential: { type: "token", token, uses: tokenUses } };
}

async function commitGrant(
  base: Base,
  call: UserCall,
  grant: Grant,
  input: CredentialRequest,
): Promise<void> {
  const event: NewEvent = {
    event: "cert.create",
    code: "TC000I",
    ...requestFacts(call, input),
    grant_id: grant.grant_id,
    expires: formatTime(grant.ends_at),
    success: true,
  };
  const result = await base.store.commit([
    { type: "check", key: loginSessionKey(grant.login_session), condition: { type: "present" } },
    grantWrite(grant),
    ...eventWrites(base, [event]),
  ]);
  if (result.type === "conflict") throw loginExpired();
}
