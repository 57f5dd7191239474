import { verify } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileSigner } from "./file-signer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-signer-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the key is made once, for its owner alone, and signs as its public key says", async () => {
  const file = join(folder, "key.pem");
  const data = Buffer.from("what is signed");
  const signature = await fileSigner(file).sign(data);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const publicKey = await fileSigner(file).publicKey();
  expect(publicKey).toMatchObject({ asymmetricKeyType: "ec", type: "public" });
  expect(verify("sha256", data, publicKey, signature)).toBe(true);
});
