import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseServiceConfig } from "@postern/core/config/parse";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readJoinToken, servedDatabases } from "./config.ts";

const token = "0123456789abcdef0123456789abcdef";
let folder: string;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern config-"));
  warnings = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (text: string) => readJoinToken(text, folder, (warning) => warnings.push(warning));

test("a join token is what its file says, from the current folder or the configuration's, else the text itself", async () => {
  expect(await read(token)).toBe(token);
  writeFileSync(join(folder, "token"), `${token}\n`, { mode: 0o600 });
  expect(await read("./token")).toBe(token);
  expect(await read(join(folder, "token"))).toBe(token);
  expect(warnings).toEqual([]);
});

test("a token file that others may read is told of, with what to type", async () => {
  writeFileSync(join(folder, "token"), token);
  chmodSync(join(folder, "token"), 0o644);
  expect(await read("token")).toBe(token);
  expect(warnings).toEqual([expect.stringContaining("chmod 600")]);
});

test("what is neither a file nor a token is refused, and not repeated", async () => {
  for (const text of ["./no-such-token-file", "0123abcd"]) {
    const refused = await read(text).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "input.invalid" });
    expect(String(refused)).not.toContain(text);
  }
});

test("a file that can't be read is named", async () => {
  await expect(read(folder)).rejects.toMatchObject({
    code: "input.invalid",
    message: expect.stringContaining(folder),
  });
});

const config = (caFile: string) =>
  parseServiceConfig(
    JSON.stringify({
      version: "v1",
      postern: { proxy_server: "localhost:3080", data_dir: "d", join: { method: "token", token } },
      db_service: {
        public_addr: "localhost:5440",
        databases: [
          {
            name: "aurora",
            protocol: "postgres",
            uri: "h:5432",
            tls: { ca_cert_file: caFile },
            aws: { region: "us-west-1" },
          },
        ],
      },
    }),
    "c.yaml",
  );

test("a certificate file is read from the configuration's folder; one that is missing is named with its database", async () => {
  writeFileSync(join(folder, "ca.pem"), "PEM");
  expect(await servedDatabases({ config: config("ca.pem"), folder })).toMatchObject([
    { name: "aurora", spec: { uri: "h:5432", tls: { ca_cert_pem: "PEM" } } },
  ]);
  await expect(servedDatabases({ config: config("other.pem"), folder })).rejects.toMatchObject({
    code: "input.invalid",
    message: expect.stringMatching(/aurora.*other\.pem/),
  });
});
