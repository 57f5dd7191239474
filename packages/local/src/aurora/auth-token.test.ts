import { Signer } from "@aws-sdk/rds-signer";
import { minute } from "@postern/core/time";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type AccessKey, type TokenPolicy, type TokenRefusal, verifyToken } from "./auth-token.ts";

const key = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a secret/with+odd=characters" };
const temporary = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "another",
  sessionToken: "session/token+==",
};
const policy: TokenPolicy = {
  endpoint: "localhost:5433",
  region: "eu-central-1",
  accessKeys: new Map<string, AccessKey>([
    [key.accessKeyId, key],
    [temporary.accessKeyId, temporary],
  ]),
};
const issuedAt = Date.parse("2026-03-01T23:59:50Z");

interface Signing {
  username?: string;
  hostname?: string;
  port?: number;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** A token by the AWS SDK, whose clock stands still. */
async function sign(signing: Signing = {}, at = issuedAt): Promise<string> {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
  try {
    const usual = {
      username: "alice",
      hostname: "localhost",
      port: 5433,
      region: policy.region,
      credentials: key,
    };
    return await new Signer({ ...usual, ...signing }).getAuthToken();
  } finally {
    vi.useRealTimers();
  }
}

function verdict(token: string, { user = "alice", now = issuedAt } = {}): TokenRefusal | "valid" {
  const result = verifyToken(token, user, policy, now);
  return result.type === "valid" ? "valid" : result.reason;
}

const replace = (token: string, from: string | RegExp, to: string): string => {
  const changed = token.replace(from, to);
  expect(changed).not.toBe(token);
  return changed;
};

describe("a token that the AWS SDK signed is good", () => {
  test("for the user whom it names", async () => {
    const result = verifyToken(await sign(), "alice", policy, issuedAt);
    expect(result).toEqual({ type: "valid", token: { user: "alice" } });
  });

  test("when it carries the session token of temporary credentials", async () => {
    expect(verdict(await sign({ credentials: temporary }))).toBe("valid");
  });

  test("for names that need encoding", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 63, unit: "grapheme" }), async (user) => {
        expect(verdict(await sign({ username: user }), { user })).toBe("valid");
      }),
      { numRuns: 50 },
    );
  });

  test("for fifteen minutes and not a moment longer", async () => {
    const token = await sign();
    expect(verdict(token, { now: issuedAt + 15 * minute - 1 })).toBe("valid");
    expect(verdict(token, { now: issuedAt + 15 * minute })).toBe("expired");
  });

  test("from a clock that is five minutes ahead and not more", async () => {
    const token = await sign();
    expect(verdict(token, { now: issuedAt - 5 * minute })).toBe("valid");
    expect(verdict(token, { now: issuedAt - 5 * minute - 1 })).toBe("not yet valid");
  });
});

describe("a token that was signed for something else is refused", () => {
  const wrong: [TokenRefusal, Signing][] = [
    ["wrong endpoint", { hostname: "127.0.0.1" }],
    ["wrong endpoint", { port: 5432 }],
    ["wrong user", { username: "bob" }],
    ["wrong user", { username: "Alice" }],
    ["wrong region", { region: "eu-central-2" }],
    ["unknown access key", { credentials: { ...key, accessKeyId: "AKIAOTHER" } }],
    ["wrong signature", { credentials: { ...key, secretAccessKey: "not the secret" } }],
    ["wrong session token", { credentials: { ...temporary, sessionToken: "another's" } }],
    ["wrong session token", { credentials: { ...key, sessionToken: "one too many" } }],
    ["wrong session token", { credentials: { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "another" } }],
  ];
  test.each(wrong)("%s: %j", async (reason, signing) => {
    expect(verdict(await sign(signing))).toBe(reason);
  });
});

describe("a token that was changed after signing is refused", () => {
  const changes: [TokenRefusal, string | RegExp, string][] = [
    ["wrong action", "Action=connect", "Action=Connect"],
    ["wrong algorithm", "HMAC-SHA256", "HMAC-SHA512"],
    ["wrong signed headers", "SignedHeaders=host", "SignedHeaders=host%3Bdate"],
    ["wrong date in scope", "20260301%2F", "20260302%2F"],
    ["wrong service", "rds-db", "rds-data"],
    ["bad credential", "aws4_request", "aws4_request%2F"],
    ["bad credential", "%2Faws4_request", ""],
    ["bad date", "T235950Z", "T235960Z"],
    ["bad date", "Date=20260301", "Date=20260230"],
    ["bad lifetime", "Expires=900", "Expires=901"],
    ["bad lifetime", "Expires=900", "Expires=0900"],
    ["bad lifetime", "Expires=900", "Expires=0"],
    ["wrong signature", "Expires=900", "Expires=899"],
    ["parameter missing", "X-Amz-Expires=900&", ""],
    ["parameter unknown", "Action=connect", "Action=connect&X-Amz-Content-Sha256=x"],
    ["parameter twice", "Action=connect", "Action=connect&Action=connect"],
    ["not a presigned URL", "Action=connect", "Action"],
    ["not a presigned URL", "Action=connect", "Action=connect=connect"],
    ["not a presigned URL", "%2F", "%2f"],
    ["not a presigned URL", "%2F", "%FF"],
    ["not a presigned URL", "DBUser=alice", "DBUser=al+ce"],
    ["not a presigned URL", /^/, "https://"],
    ["not a presigned URL", /$/, "#"],
    ["wrong signature", /.$/, ""],
    ["too long", "DBUser=alice", `DBUser=${"a".repeat(8_200)}`],
  ];
  test.each(changes)("%s: %s becomes %s", async (reason, from, to) => {
    const token = await sign();
    // The signature is not the last parameter; put it there, so that "the last character" is its.
    const [, signature = ""] = /&(X-Amz-Signature=[0-9a-f]+)/.exec(token) ?? [];
    expect(verdict(replace(`${token.replace(`&${signature}`, "")}&${signature}`, from, to))).toBe(reason);
  });

  test("at whichever byte, to whatever byte", async () => {
    const token = await sign({ credentials: temporary });
    const position = fc.nat({ max: token.length - 1 });
    const byte = fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(position, byte, (at, character) => {
        fc.pre(token[at] !== character);
        expect(verdict(token.slice(0, at) + character + token.slice(at + 1))).not.toBe("valid");
      }),
      { numRuns: 3_000 },
    );
    for (let at = 0; at < token.length; at += 1) {
      expect(verdict(token.slice(0, at) + token.slice(at + 1)), `without byte ${at}`).not.toBe("valid");
    }
  });

  test("and no text makes the verifier throw", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ maxLength: 200 }).map((query) => `localhost:5433/?${query}`),
    );
    fc.assert(
      fc.property(text, (text) => {
        expect(verdict(text)).not.toBe("valid");
      }),
    );
  });
});
