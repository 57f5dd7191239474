import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exportLines, jdbcUrl, libpqVariables, postgresUrl } from "./environment.ts";
import type { SavedCredential } from "./files.ts";

const saved: SavedCredential = {
  user: "alice",
  database: "aurora",
  db_user: "al ice&x",
  db_name: "post/gres?",
  address: "[2001:db8::1]:5440",
  grant_id: "gr_1",
  expires_at: "2026-03-04T10:00:00.000Z",
  files: { certificate: "/h o/cert.pem", key: "/h o/key.pem", keyDer: "/h o/key.pk8", root: "/h o/root.pem" },
};

test("libpq gets all that it needs, and verifies the server's name", () => {
  expect(libpqVariables(saved)).toEqual({
    PGHOST: "2001:db8::1",
    PGPORT: "5440",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: "/h o/root.pem",
    PGSSLCERT: "/h o/cert.pem",
    PGSSLKEY: "/h o/key.pem",
    PGUSER: "al ice&x",
    PGDATABASE: "post/gres?",
  });
});

test("URLs say the same, JDBC's with the key in DER", () => {
  const url = new URL(postgresUrl(saved));
  expect([url.host, decodeURIComponent(url.username), decodeURIComponent(url.pathname)]).toEqual([
    "[2001:db8::1]:5440",
    "al ice&x",
    "/post/gres?",
  ]);
  const files = { sslrootcert: "/h o/root.pem", sslcert: "/h o/cert.pem" };
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...files,
    sslmode: "verify-full",
    sslkey: "/h o/key.pem",
  });
  const jdbc = new URL(jdbcUrl(saved).replace("jdbc:", ""));
  expect(Object.fromEntries(jdbc.searchParams)).toEqual({
    ...files,
    user: "al ice&x",
    sslmode: "verify-full",
    sslkey: "/h o/key.pk8",
  });
});

describe("exported lines", () => {
  test("are plain where nothing needs quotes", () => {
    expect(exportLines({ PGHOST: "db.example.com", PGUSER: "it's" })).toEqual([
      "export PGHOST=db.example.com",
      "export PGUSER='it'\\''s'",
    ]);
  });

  test("are read by a shell as what they were, whatever that is", () => {
    const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, (texts) => {
        const values = texts.map((text) => text.replaceAll("\0", ""));
        const lines = exportLines(Object.fromEntries(values.map((value, index) => [`V${index}`, value])));
        const print = values.map((_, index) => `printf '%s\\0' "$V${index}"`);
        const output = execFileSync("sh", ["-c", [...lines, ...print].join("\n")]);
        expect(output.toString().split("\0").slice(0, -1)).toEqual(values);
      }),
      { numRuns: 30 },
    );
  });
});
