import fc from "fast-check";
import { expect, test } from "vitest";
import { formatClaimsUri, parseClaimsUri } from "./claims.ts";

const claims = {
  cluster: "local",
  grant_id: "gr_01JD5Z3K8Q0000000000000000",
  user: "alice",
  login_session: "ls_01JD5Z3K8Q0000000000000000",
  database: "aurora",
  db_user: "alice",
  db_name: "postgres",
};

test("claims are one URI and come back as they were", () => {
  const uri = formatClaimsUri(claims);
  expect(uri).toBe(
    "postern://local/gr_01JD5Z3K8Q0000000000000000?user=alice&login_session=ls_01JD5Z3K8Q0000000000000000" +
      "&database=aurora&db_user=alice&db_name=postgres",
  );
  expect(parseClaimsUri(uri)).toEqual(claims);
});

test("any names survive, and none can pass for another field", () => {
  const name = fc.string({ minLength: 1, unit: "grapheme" });
  const hostile = fc.constantFrom(
    "a&db_user=root",
    "a,URI:postern://x/y?z",
    'a"b',
    "a=b",
    "ü/#?%",
    "x\u0000",
  );
  const text = fc.oneof(name, hostile);
  const record = fc.record(
    Object.fromEntries(Object.keys(claims).map((key) => [key, text])) as Record<
      keyof typeof claims,
      typeof text
    >,
  );
  fc.assert(
    fc.property(record, (made) => {
      const uri = formatClaimsUri(made);
      expect(uri).toMatch(/^[A-Za-z0-9\-._~%:/?&=]+$/);
      expect(parseClaimsUri(uri)).toEqual(made);
    }),
  );
});

test("what isn't exactly a URI of ours gives no claims", () => {
  const uri = formatClaimsUri(claims);
  const wrong = [
    "",
    "postern://local",
    `x${uri}`,
    `${uri}#x`,
    `${uri}&user=bob`,
    `${uri}&role=root`,
    uri.replace("user=alice&", ""),
    uri.replace("alice", ""),
    uri.replace("alice", "%61lice"),
    uri.replace("alice", "%ZZ"),
    uri.replace("postern:", "spiffe:"),
    uri.replace("aurora&db_user=alice", "aurora&__proto__=alice"),
  ];
  expect(wrong.map(parseClaimsUri)).toEqual(wrong.map(() => undefined));
});
