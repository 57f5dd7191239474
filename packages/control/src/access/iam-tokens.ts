/**
 * IAM tokens for database users, signed only on proof of access. One that was signed a moment ago for the same person and
 * target is given again: RDS doesn't count logins with a token that it has seen against its limit on new ones.
 */
import { invariant } from "@postern/core/fault";
import { parseEndpoint } from "@postern/core/resource/endpoint";
import { minute } from "@postern/core/time";
import type { Base, IamToken, IamTokenRequest, IamTokenSigner } from "../ports.ts";
import { type AllowedAccess, assertAllowed } from "./allowed-access.ts";
import { takeLogin } from "./login-rate.ts";

/** A token is given out only with this much life left: the proxy has yet to dial. */
const minLife = 3 * minute;
const maxCached = 10_000;

export type IamTokenResult =
  | { readonly type: "token"; readonly token: IamToken }
  | { readonly type: "throttled" };

/** Kept for the life of the process, beside the signer that it asks. */
export class IamTokens {
  readonly #signer: IamTokenSigner;
  readonly #signed = new Map<string, IamToken>();
  readonly #pending = new Map<string, Promise<IamTokenResult>>();

  constructor(signer: IamTokenSigner) {
    this.#signer = signer;
  }

  /** @throws Fault `cloud.credentials`, `cloud.refused` as the signer does */
  async tokenFor(base: Base, access: AllowedAccess): Promise<IamTokenResult> {
    assertAllowed(access);
    const request = requestFor(access);
    const key = JSON.stringify(request);
    const token = this.#signed.get(key);
    if (token !== undefined && base.clock() + minLife < token.expiresAt) return { type: "token", token };
    return await (this.#pending.get(key) ?? this.#start(key, this.#sign(base, access, request)));
  }

  /** Requests that come while a token is being signed wait for that one. */
  async #start(key: string, signing: Promise<IamTokenResult>): Promise<IamTokenResult> {
    this.#pending.set(key, signing);
    try {
      const result = await signing;
      if (result.type === "token") this.#remember(key, result.token);
      return result;
    } finally {
      this.#pending.delete(key);
    }
  }

  #remember(key: string, token: IamToken): void {
    this.#signed.delete(key);
    const oldest = this.#signed.size >= maxCached ? this.#signed.keys().next().value : undefined;
    if (oldest !== undefined) this.#signed.delete(oldest);
    this.#signed.set(key, token);
  }

  async #sign(base: Base, { database }: AllowedAccess, request: IamTokenRequest): Promise<IamTokenResult> {
    const cluster = database.spec.aws.resource_id ?? database.spec.uri;
    if (!(await takeLogin(base, cluster))) return { type: "throttled" };
    return { type: "token", token: await this.#signer.sign(request) };
  }
}

function requestFor({ database, db_user, user }: AllowedAccess): IamTokenRequest {
  const { uri, aws } = database.spec;
  const endpoint = parseEndpoint(uri);
  invariant(endpoint !== undefined, "a database's uri was checked when it was written");
  const { region, assume_role_arn, external_id } = aws;
  const assumeRole = assume_role_arn === null ? null : { arn: assume_role_arn, externalId: external_id };
  return { ...endpoint, region, dbUser: db_user, assumeRole, sourceIdentity: user };
}
