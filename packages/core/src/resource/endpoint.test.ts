import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEndpoint, isHost, parseEndpoint } from "./endpoint.ts";

test.each([
  ["localhost:5432", "localhost", 5432],
  ["DB.Example.com:1", "db.example.com", 1],
  ["127.0.0.1:65535", "127.0.0.1", 65_535],
  ["[::1]:5432", "::1", 5432],
  ["[2001:DB8::1]:5432", "2001:db8::1", 5432],
  ["c.cluster-abc.us-west-1.rds.amazonaws.com:5432", "c.cluster-abc.us-west-1.rds.amazonaws.com", 5432],
])("%s is %s and %i", (text, host, port) => {
  expect(parseEndpoint(text)).toEqual({ host, port });
});

test.each([
  "",
  "localhost",
  ":5432",
  "localhost:",
  "localhost:0",
  "localhost:05432",
  "localhost:65536",
  "localhost:99999999999",
  "localhost:5432 ",
  "localhost:5432\n",
  "localhost:5432/x",
  "postgres://localhost:5432",
  "user@localhost:5432",
  "a b:1",
  "a_b:1",
  "-a:1",
  "a-:1",
  "a..b:1",
  "a.:1",
  `${"a".repeat(64)}:1`,
  `${"a.".repeat(127)}a:1`.slice(0, 300),
  "1.2.3:1",
  "1.2.3.4.5:1",
  "999.1.1.1:1",
  "::1:5432",
  "[::1]",
  "[::1%eth0]:1",
  "[localhost]:1",
  "[1.2.3.4]:1",
  "[]:1",
  "bücher.example:1",
])("%j is refused", (text) => {
  expect(parseEndpoint(text)).toBeUndefined();
});

test("what is parsed is formatted to a text that parses to the same", () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      const endpoint = { host: host.toLowerCase(), port };
      expect(parseEndpoint(formatEndpoint(endpoint))).toEqual(endpoint);
    }),
  );
});

test("parsing never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(["undefined", "object"]).toContain(typeof parseEndpoint(text));
    }),
  );
});

test("a server certificate can name DNS names and IP addresses", () => {
  expect(["localhost", "db.example.com", "127.0.0.1", "::1"].map(isHost)).toEqual([true, true, true, true]);
  expect(["*.example.com", "localhost:1", "[::1]", "", "a b"].map(isHost)).toEqual(Array(5).fill(false));
});
