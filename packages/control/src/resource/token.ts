/**
 * Join tokens that are secrets, and the list of all. A secret is shown once, when it is made; kept are its hash and its
 * first characters, its name. A token for IAM is a resource, and has none.
 */
import type { CreateTokenRequest, CreateTokenResponse, TokenList } from "@postern/core/api/admin";
import { Fault, invariant } from "@postern/core/fault";
import { isHost } from "@postern/core/resource/endpoint";
import { formatTime, parseDuration } from "@postern/core/time";
import type { z } from "zod";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { requireRightToRead } from "../denied.ts";
import { creatorFrom } from "../identity/creator.ts";
import { hashSecret, isSecret } from "../identity/secret.ts";
import { tokenKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { deleteResource } from "./delete.ts";
import { changeEvent, type Writer } from "./event.ts";
import { type KeptToken, loadKeptTokens } from "./kept-token.ts";
import { loadStored } from "./load.ts";
import { requireRight } from "./right.ts";
import { isOpen, loadTokens, nameOfSecret, type TokenRecord, tokenKept } from "./token-record.ts";

/** 128 bits, which people copy as 32 hex characters. */
const secretBytes = 16;

/** @throws Fault `access.denied`, or `input.invalid` for names that no certificate can carry. Both are audited. */
export async function createToken(
  base: Base,
  call: Call<Writer>,
  { ttl, uses, names }: z.output<typeof CreateTokenRequest>,
): Promise<z.infer<typeof CreateTokenResponse>> {
  const secret = Buffer.from(base.random(secretBytes)).toString("hex");
  const expiresAt = base.clock() + parseDuration(ttl);
  const name = nameOfSecret(secret);
  const changed = { kind: "token", name } as const;
  await auditRefusal(
    base,
    (refusal) => changeEvent(call, "create", changed, refusal),
    async () => {
      await requireRight(base, call.caller, { resource: "token", verb: "create" });
      assertNames(names);
      await commitToken(base, call, {
        name,
        secret_hash: hashSecret(secret),
        roles: ["Db"],
        uses,
        names: [...new Set(names.map((host) => host.toLowerCase()))],
        created_by: await creatorFrom(base, call.caller),
        ends_at: expiresAt,
      });
    },
  );
  return { token: secret, roles: ["Db"], expires: formatTime(expiresAt) };
}

function assertNames(names: readonly string[]): void {
  const issues = names
    .map((name, index) => ({ name, path: `names[${index}]` }))
    .filter(({ name }) => !isHost(name))
    .map(({ path }) => ({ path, message: "expected a DNS name or an IP address" }));
  if (issues.length > 0)
    throw new Fault("input.invalid", "a certificate can't carry these names", { issues });
}

async function commitToken(base: Base, call: Call<Writer>, record: TokenRecord): Promise<void> {
  const event = changeEvent(call, "create", { kind: "token", name: record.name }, { success: true });
  const { type } = await base.store.commit([
    {
      type: "put",
      key: tokenKey(record.name),
      value: record,
      expiresAt: record.ends_at + tokenKept,
      condition: { type: "absent" },
    },
    ...eventWrites(base, [event]),
  ]);
  invariant(type === "committed", "the first 32 of 128 random bits are new");
}

type ListedToken = z.infer<typeof TokenList>["tokens"][number];

/** Those that can still be used. @throws Fault `access.denied`, audited */
export async function listTokens(base: Base, call: Call<Writer>): Promise<z.infer<typeof TokenList>> {
  await requireRightToRead(base, call, { resource: "token", verb: "list" });
  const secrets = (await loadTokens(base)).filter((token) => isOpen(base, token));
  return { tokens: [...secrets.map(listedSecret), ...(await loadKeptTokens(base)).map(listedForIam)] };
}

function listedSecret({ name, roles, uses, ends_at, created_by }: TokenRecord): ListedToken {
  const expires = formatTime(ends_at);
  return {
    token: name,
    join_method: "token",
    roles: [...roles],
    uses,
    expires,
    created_by: created_by.name,
  };
}

function listedForIam({ resource: { metadata, spec }, created_by }: KeptToken): ListedToken {
  return {
    token: metadata.name,
    join_method: "iam",
    roles: [...spec.roles],
    uses: null,
    expires: null,
    created_by: created_by.name,
  };
}

/**
 * Deletes the token for IAM of this name, else the token whose secret this is, or whose first characters these are.
 * @throws Fault `access.denied`, `resource.missing`, or `input.invalid` where several begin like this. Each is audited.
 */
export async function deleteToken(
  base: Base,
  call: Call<Writer>,
  { token }: { token: string },
): Promise<Record<string, never>> {
  if (await loadStored(base, "token", token))
    return await deleteResource(base, call, { kind: "token", name: token });
  const changed = { kind: "token", name: nameOfSecret(token) } as const;
  await auditRefusal(
    base,
    (refusal) => changeEvent(call, "delete", changed, refusal),
    async () => {
      await requireRight(base, call.caller, { resource: "token", verb: "delete" });
      const { name } = findToken(await loadTokens(base), token);
      const result = await base.store.commit([
        { type: "delete", key: tokenKey(name), condition: { type: "present" } },
        ...eventWrites(base, [changeEvent(call, "delete", { kind: "token", name }, { success: true })]),
      ]);
      if (result.type === "conflict") throw missingToken();
    },
  );
  return {};
}

function findToken(tokens: readonly TokenRecord[], text: string): TokenRecord {
  const isMask = text.length <= nameOfSecret(text).length;
  const found = tokens.filter(({ name, secret_hash }) =>
    isMask ? name.startsWith(text) : isSecret(text, secret_hash),
  );
  const [token, another] = found;
  if (another) {
    throw new Fault("input.invalid", "several tokens begin like this", {
      hint: "name it by more of its characters",
    });
  }
  if (token) return token;
  throw missingToken();
}

function missingToken(): Fault {
  return new Fault("resource.missing", "there is no such join token", {
    hint: "`postern tokens ls` shows which there are",
  });
}
