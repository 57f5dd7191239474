import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type Sealed, seal, unseal } from "./sealed.ts";

const owner = { password: "correct horse", context: "alice" };
const sealText = async () => await seal("a secret", { ...owner, random: randomBytes });

test("the owner's password opens what was sealed with it, however it is typed", async () => {
  expect(await unseal(await sealText(), owner)).toBe("a secret");
  const sealed = await seal("a secret", { ...owner, password: "caf\u00e9", random: randomBytes });
  expect(await unseal(sealed, { ...owner, password: "cafe\u0301" })).toBe("a secret");
});

test("nothing of the text is to be seen, and no two are alike", async () => {
  const [one, other] = [await sealText(), await sealText()];
  expect(JSON.stringify(one)).not.toContain("secret");
  expect(one.ciphertext).not.toBe(other.ciphertext);
});

test("another password, another context and any change are refused", async () => {
  const sealed = await sealText();
  await expect(unseal(sealed, { ...owner, password: "correct horsf" })).rejects.toThrow("does not open");
  await expect(unseal(sealed, { ...owner, context: "bob" })).rejects.toThrow("does not open");
  const changes: Partial<Sealed>[] = [
    { kdf: "m=19456,t=1,p=1" },
    { kdf: "m=19456" },
    { salt: randomBytes(16).toString("base64") },
    { iv: randomBytes(12).toString("base64") },
    { ciphertext: randomBytes(8).toString("base64") },
    { ciphertext: "" },
    { tag: randomBytes(16).toString("base64") },
    { tag: sealed.tag.slice(0, 8) },
  ];
  for (const change of changes)
    await expect(unseal({ ...sealed, ...change }, owner)).rejects.toThrow("does not open");
});
