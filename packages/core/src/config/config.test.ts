import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isFault } from "../fault.ts";
import { formatServiceConfig } from "./format.ts";
import { parseListenAddress } from "./listen-address.ts";
import { parseServiceConfig } from "./parse.ts";
import { apiOrigin } from "./server-url.ts";
import type { ServiceConfig } from "./service-config.ts";

/** GUIDE, "Steps 2 and 3", whole. */
const guide = `version: v1
postern:
  proxy_server: localhost:3080
  data_dir: /var/lib/postern
  join: { method: token, token: ./token }
db_service:
  listen_addr: 0.0.0.0:5440
  public_addr: db.example.com:5440
  databases:
  - name: aurora
    description: ""
    protocol: postgres
    uri: HOST:5432
    labels: { env: prod }
    tls: { ca_cert_file: null }
    aws: { region: us-west-1, account_id: null, resource_id: null, assume_role_arn: null, external_id: null }
`;

const issuesOf = (text: string) => {
  try {
    parseServiceConfig(text, "c.yaml");
    return [];
  } catch (error) {
    return isFault(error, "input.invalid") ? (error.data.issues ?? []) : [error];
  }
};

test("the guide's file is read as it stands, and written as it stands", () => {
  const config = parseServiceConfig(guide, "c.yaml");
  expect(config.db_service.databases).toMatchObject([{ name: "aurora", labels: { env: "prod" } }]);
  expect(formatServiceConfig(config)).toBe(guide);
});

test("an unknown key is told with its path and line", () => {
  expect(issuesOf(guide.replace("listen_addr:", "listen_adr:"))).toMatchObject([
    { path: "db_service.listen_adr", line: 7 },
  ]);
  expect(issuesOf(guide.replace("region:", "regio:"))).toContainEqual(
    expect.objectContaining({ path: "db_service.databases[0].aws.regio", line: 16 }),
  );
});

test("a key that is missing, and a text that is no YAML, are told with their line", () => {
  expect(issuesOf(guide.replace("  data_dir: /var/lib/postern\n", ""))).toMatchObject([
    { path: "postern.data_dir", line: 3 },
  ]);
  expect(issuesOf("version: [")).toMatchObject([{ line: 1 }]);
  expect(issuesOf("")).not.toEqual([]);
});

test("a database that is stated twice is told with the second one's line", () => {
  const [, database = ""] = /databases:\n([\s\S]*)$/.exec(guide) ?? [];
  expect(issuesOf(guide + database)).toMatchObject([{ path: "db_service.databases[1].name", line: 17 }]);
});

test.each([
  ["HOST:5432", "HOST", "db_service.databases[0].uri"],
  ["db.example.com:5440", "db.example.com", "db_service.public_addr"],
  ["0.0.0.0:5440", "0.0.0.0:70000", "db_service.listen_addr"],
  ["localhost:3080", "http://example.com", "postern.proxy_server"],
  ["us-west-1", "west", "db_service.databases[0].aws.region"],
  ["method: token", "method: luck", "postern.join.method"],
])("%s in place of %s is told by its path", (good, bad, path) => {
  expect(issuesOf(guide.replace(good, bad))).toMatchObject([{ path }]);
});

test("plain http is for loopback alone", () => {
  expect(apiOrigin("localhost:3080")).toBe("http://localhost:3080");
  expect(apiOrigin("127.0.0.1:3080")).toBe("http://127.0.0.1:3080");
  expect(apiOrigin("postern.example.com")).toBe("https://postern.example.com");
  expect(apiOrigin("https://postern.example.com/")).toBe("https://postern.example.com");
  for (const text of ["http://postern.example.com", "", "a b", "ftp://x", "https://x/path", "x:99999", "u@h"])
    expect(apiOrigin(text)).toBeUndefined();
});

test("a listen address is a host and a port, which may be any free one", () => {
  expect(parseListenAddress("0.0.0.0:5440")).toEqual({ host: "0.0.0.0", port: 5440 });
  expect(parseListenAddress("[::]:0")).toEqual({ host: "::", port: 0 });
  for (const text of ["", "5440", ":5440", "h:", "h:65536", "h:1x", "::1:5440"])
    expect(parseListenAddress(text)).toBeUndefined();
});

const text = fc.string({ unit: "binary", maxLength: 30 }).filter((each) => /^\P{C}*$/u.test(each));
const join = fc.oneof(
  fc.record({ method: fc.constant("token" as const), token: text.filter((each) => each !== "") }),
  fc.record({ method: fc.constant("iam" as const), token_name: text.filter((each) => each !== "") }),
);
const nothingOr = (value: string) => fc.constantFrom(null, value);
const config: fc.Arbitrary<ServiceConfig> = fc
  .record({
    join,
    description: text,
    label: text,
    ca: fc.option(text.filter((each) => each !== "")),
    account_id: nothingOr("000000000001"),
    external_id: nothingOr("1e3"),
  })
  .map(({ join, description, label, ca, account_id, external_id }) => ({
    version: "v1",
    postern: { proxy_server: "p.example.com", data_dir: "/var/lib/postern", join },
    db_service: {
      listen_addr: "0.0.0.0:5440",
      public_addr: "db.example.com:5440",
      databases: [
        {
          name: "aurora",
          description,
          protocol: "postgres",
          uri: "h:1",
          labels: { env: label },
          tls: { ca_cert_file: ca },
          aws: { region: "us-west-1", account_id, resource_id: null, assume_role_arn: null, external_id },
        },
      ],
    },
  }));

test("what is written is read as it was", () => {
  fc.assert(
    fc.property(config, (each) => {
      expect(parseServiceConfig(formatServiceConfig(each), "c")).toEqual(each);
    }),
  );
});
