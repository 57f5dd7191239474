import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault } from "@postern/core/fault";
import { expect, test } from "vitest";
import {
  apiOrigin,
  type Config,
  listenAddress,
  parseConfig,
  readJoinToken,
  servedDatabases,
} from "./config.ts";

/** GUIDE, "Steps 2 and 3", whole. */
const guide = `
version: v1
postern:
  proxy_server: localhost:3080
  data_dir: /var/lib/postern
  join: { method: token, token: ./token }        # or { method: iam, token_name: NAME }
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
    parseConfig(text, "c.yaml");
    return [];
  } catch (error) {
    return isFault(error, "input.invalid") ? (error.data.issues ?? []) : [error];
  }
};

test("the guide's file is read as it stands", async () => {
  const config = parseConfig(guide, "c.yaml");
  expect(listenAddress(config)).toEqual({ host: "0.0.0.0", port: 5440 });
  expect(await servedDatabases(config)).toMatchObject([
    { name: "aurora", labels: { env: "prod" }, spec: { uri: "HOST:5432", tls: { ca_cert_pem: null } } },
  ]);
});

test("an unknown key stops the start with its path and line", () => {
  expect(issuesOf(guide.replace("listen_addr:", "listen_adr:"))).toMatchObject([
    { path: "db_service.listen_adr", line: 8 },
  ]);
  expect(issuesOf(guide.replace("region:", "regio:"))).toContainEqual(
    expect.objectContaining({ path: "db_service.databases[0].aws.regio", line: 17 }),
  );
});

test("a key that is missing, and a text that is no YAML, are told with their line", () => {
  expect(issuesOf(guide.replace("  data_dir: /var/lib/postern\n", ""))).toMatchObject([
    { path: "postern.data_dir" },
  ]);
  expect(issuesOf("version: [")).toMatchObject([{ line: 1 }]);
  expect(issuesOf("")).not.toEqual([]);
});

const withServer = (proxy_server: string): Config => {
  const config = parseConfig(guide, "c.yaml");
  return { ...config, postern: { ...config.postern, proxy_server } };
};

test("plain http is for loopback alone", () => {
  expect(apiOrigin(withServer("localhost:3080"))).toBe("http://localhost:3080");
  expect(apiOrigin(withServer("127.0.0.1:3080"))).toBe("http://127.0.0.1:3080");
  expect(apiOrigin(withServer("postern.example.com"))).toBe("https://postern.example.com");
  expect(apiOrigin(withServer("https://postern.example.com/"))).toBe("https://postern.example.com");
  expect(() => apiOrigin(withServer("http://postern.example.com"))).toThrow(/https/);
});

test("a join token is what its file says, else the text itself", async () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-config-"));
  try {
    const config = parseConfig(guide.replace("./token", "./no-such-token-file"), "c.yaml");
    expect(await readJoinToken(config, folder)).toBe("./no-such-token-file");
    writeFileSync(join(folder, "no-such-token-file"), "0123abcd\n");
    expect(await readJoinToken(config, folder)).toBe("0123abcd");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
