import { createPrivateKey, createPublicKey } from "node:crypto";
import type { CallInput, Client } from "@postern/client/client";
import { formatTime, minute } from "@postern/core/time";
import { describe, expect, test } from "vitest";
import { certificateSource } from "./source.ts";

const target = { database: "aurora", db_user: "alice", db_name: "postgres" };

/** A control plane that issues for five minutes, a clock to turn, and what was asked for. */
function createIssuer() {
  const requests: CallInput<"createCredential">["body"][] = [];
  const issuer = {
    now: 0,
    login: "ls_1",
    failure: undefined as Error | undefined,
    requests,
    client: undefined as never as Client,
  };
  const call = async (_: string, { body }: CallInput<"createCredential">) => {
    requests.push(body);
    await Promise.resolve();
    if (issuer.failure) throw issuer.failure;
    const served = {
      grant_id: "gr_1",
      public_addr: "localhost:5440",
      fallback_addrs: [],
      host_ca: ["another authority"],
    };
    const expires_at = formatTime(issuer.now + 5 * minute);
    return { type: "certificate", certificate: `certificate ${requests.length}`, expires_at, ...served };
  };
  issuer.client = { call } as unknown as Client; // asked for one thing only
  return issuer;
}

const sourceOf = (issuer: ReturnType<typeof createIssuer>) =>
  certificateSource(
    () =>
      Promise.resolve({
        client: issuer.client,
        hostCa: ["authority"],
        login: { login_session: issuer.login },
      }),
    target,
    () => issuer.now,
  );

describe("certificates", () => {
  test("are asked for with the public half of a key that stays here", async () => {
    const issuer = createIssuer();
    const held = await sourceOf(issuer).get();
    const [request] = issuer.requests;
    expect(request).toMatchObject({ type: "certificate", ...target, purpose: "connections" });
    const own = createPublicKey(createPrivateKey(held.privateKey)).export({ type: "spki", format: "pem" });
    expect(request).toHaveProperty("public_key", own);
    expect(held).toMatchObject({
      certificate: "certificate 1",
      addresses: ["localhost:5440"],
      hostCa: ["authority"],
    });
  });

  test("are renewed in memory, with a new key, before they end", async () => {
    const issuer = createIssuer();
    const source = sourceOf(issuer);
    const first = await source.get();
    issuer.now = 4 * minute;
    expect(await source.get()).toBe(first);
    issuer.now = 4.5 * minute;
    const second = await source.get();
    expect(second.certificate).toBe("certificate 2");
    expect(second.privateKey).not.toBe(first.privateKey);
    issuer.now = 60 * minute;
    expect((await source.get()).certificate).toBe("certificate 3");
  });

  test("that hang on another login than the one of the moment are replaced", async () => {
    const issuer = createIssuer();
    const source = sourceOf(issuer);
    const first = await source.get();
    issuer.login = "ls_2";
    expect(await source.get()).not.toBe(first);
    expect(issuer.requests).toHaveLength(2);
  });

  test("are asked for once by all who need one at the same time", async () => {
    const issuer = createIssuer();
    const source = sourceOf(issuer);
    await Promise.all([source.get(), source.get(), source.get()]);
    issuer.now = 5 * minute;
    const renewed = await Promise.all([source.get(), source.get()]);
    expect(new Set(renewed).size).toBe(1);
    expect(issuer.requests).toHaveLength(2);
  });

  test("that lead nowhere are replaced, once for all who found that out", async () => {
    const issuer = createIssuer();
    const source = sourceOf(issuer);
    const stale = await source.get();
    const [one, another] = await Promise.all([source.renew(stale), source.renew(stale)]);
    expect(one).toBe(another);
    expect(await source.renew(stale)).toBe(one);
    expect(issuer.requests).toHaveLength(2);
  });

  test("that were refused are asked for again", async () => {
    const issuer = createIssuer();
    const source = sourceOf(issuer);
    issuer.failure = new Error("refused");
    await expect(source.get()).rejects.toBe(issuer.failure);
    issuer.failure = undefined;
    expect((await source.get()).certificate).toBe("certificate 2");
  });
});
