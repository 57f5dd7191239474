import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseServiceConfig } from "@postern/core/config/parse";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { exitCode, report } from "../../../failure.ts";
import { buildProgram } from "../../../program.ts";

let folder: string;
let stdout: MockInstance<typeof process.stdout.write>;
let stderr: MockInstance<typeof process.stderr.write>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern create-"));
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const flags: Readonly<Record<string, string>> = {
  token: "./token",
  name: "aurora",
  proxy: "localhost:3080",
  protocol: "postgres",
  uri: "HOST:5432",
  "aws-region": "us-west-1",
  labels: "env=prod",
};

/** Runs it as main.ts does. */
async function create(changes: Readonly<Record<string, string | undefined>> = {}): Promise<number> {
  const pairs = Object.entries({ ...flags, ...changes }).filter(([, value]) => value !== undefined);
  const args = pairs.map(([name, value]) => `--${name}=${value}`);
  try {
    await buildProgram().parseAsync(["db", "configure", "create", ...args], { from: "user" });
    return 0;
  } catch (error) {
    report(error);
    return exitCode(error);
  }
}

const said = (spy: MockInstance) => spy.mock.calls.map(([text]) => String(text)).join("");
const written = () => parseServiceConfig(said(stdout), "stdout");

test("it writes what the guide shows", async () => {
  expect(await create({ "public-addr": "db.example.com:5440" })).toBe(0);
  expect(said(stdout)).toBe(`version: v1
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
`);
});

test("every flag finds its key", async () => {
  const all = {
    labels: "env=prod,team=core",
    description: "the shop",
    "listen-addr": "[::1]:6000",
    "public-addr": "db.example.com:6000",
    "ca-cert-file": "/etc/ca.pem",
    "aws-account-id": "111111111111",
    "aws-resource-id": "cluster-ABC",
    "aws-assume-role-arn": "arn:aws:iam::111111111111:role/postern",
    "aws-external-id": "external",
    "data-dir": "/srv/postern",
  };
  expect(await create(all)).toBe(0);
  expect(written()).toMatchObject({
    postern: { data_dir: "/srv/postern" },
    db_service: {
      listen_addr: "[::1]:6000",
      public_addr: "db.example.com:6000",
      databases: [
        {
          description: "the shop",
          labels: { env: "prod", team: "core" },
          tls: { ca_cert_file: "/etc/ca.pem" },
          aws: {
            account_id: "111111111111",
            resource_id: "cluster-ABC",
            assume_role_arn: "arn:aws:iam::111111111111:role/postern",
            external_id: "external",
          },
        },
      ],
    },
  });
});

test("a host that joins by IAM is given no secret", async () => {
  expect(await create({ token: undefined, "join-method": "iam", "token-name": "fleet" })).toBe(0);
  expect(said(stdout)).toContain("  join: { method: iam, token_name: fleet }\n");
});

test("its public address is this machine's, or localhost where the server is on it as well", async () => {
  await create({ proxy: "postern.example.com:443", "listen-addr": "0.0.0.0:7000" });
  expect(written().db_service.public_addr).toBe(`${hostname()}:7000`);
});

test("it writes a file for its owner's eyes, once", async () => {
  const path = join(folder, "postern.yaml");
  const output = pathToFileURL(path).href;
  expect(await create({ output })).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(said(stdout)).toBe("");
  expect(said(stderr)).toContain(`postern start --config ${path}`);
  writeFileSync(path, "somebody's");
  expect(await create({ output })).toBe(1);
  expect(readFileSync(path, "utf8")).toBe("somebody's");
  expect(await create({ output: pathToFileURL(join(folder, "none/postern.yaml")).href })).toBe(1);
});

test("for programs it is one JSON value", async () => {
  expect(await create({ format: "json" })).toBe(0);
  expect(JSON.parse(said(stdout))).toEqual(written());
  stdout.mockClear();
  const path = join(folder, "postern.yaml");
  expect(await create({ format: "json", output: pathToFileURL(path).href })).toBe(0);
  expect(JSON.parse(said(stdout))).toEqual({ path });
});

describe("wrong usage ends with 2, names the flag and writes nothing:", () => {
  test.each([
    [{ uri: "HOST" }, "--uri"],
    [{ uri: "postgres://HOST:5432/db" }, "--uri"],
    [{ uri: "HOST:65536" }, "--uri"],
    [{ labels: "env" }, "--labels"],
    [{ labels: "env=prod,,team=x" }, "--labels"],
    [{ labels: "e nv=prod" }, "--labels"],
    [{ "aws-region": "west" }, "--aws-region"],
    [{ "aws-account-id": "12" }, "--aws-account-id"],
    [{ "aws-resource-id": "ABC" }, "--aws-resource-id"],
    [{ "aws-assume-role-arn": "role" }, "--aws-assume-role-arn"],
    [{ "listen-addr": "0.0.0.0" }, "--listen-addr"],
    [{ "listen-addr": "0.0.0.0:70000" }, "--listen-addr"],
    [{ "public-addr": "db.example.com:0" }, "--public-addr"],
    [{ "listen-addr": "0.0.0.0:0" }, "--public-addr"],
    [{ proxy: "http://db.example.com" }, "--proxy"],
    [{ name: "Not A Name" }, "--name"],
    [{ protocol: "mysql" }, "--protocol"],
    [{ token: undefined }, "--token"],
    [{ "join-method": "iam" }, "--token-name"],
    [{ "token-name": "x" }, "--token-name"],
    [{ output: "/tmp/plain-path" }, "--output"],
    [{ output: "file://host/path" }, "--output"],
  ])("%j", async (changes, flag) => {
    expect(await create(changes)).toBe(2);
    expect(said(stderr)).toContain(flag);
    expect(said(stdout)).toBe("");
    expect(existsSync("/tmp/plain-path")).toBe(false);
  });
});
