import { argon2Sync, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { checkPassword, hashPassword } from "./password.ts";

const random = (count: number) => randomBytes(count);

test("a password is right, any other is wrong", async () => {
  const hash = await hashPassword("correct horse", random);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(hash).not.toContain("horse");
  expect(await checkPassword("correct horse", hash)).toEqual({ right: true, outdated: false });
  expect(await checkPassword("correct Horse", hash)).toEqual({ right: false, outdated: false });
  expect(await checkPassword("", hash)).toEqual({ right: false, outdated: false });
});

test("the same password has another hash each time", async () => {
  expect(await hashPassword("same", random)).not.toBe(await hashPassword("same", random));
});

test("letters that are the same to people are the same", async () => {
  const hash = await hashPassword("caf\u00e9 \ufb01n", random);
  expect(await checkPassword("cafe\u0301 fin", hash)).toMatchObject({ right: true });
});

test("a hash with older parameters is good and outdated", async () => {
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", {
    message: "old",
    nonce,
    tagLength: 32,
    memory: 8192,
    passes: 1,
    parallelism: 1,
  });
  const encode = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
  const hash = `$argon2id$v=19$m=8192,t=1,p=1$${encode(nonce)}$${encode(tag)}`;
  expect(await checkPassword("old", hash)).toEqual({ right: true, outdated: true });
  expect(await checkPassword("new", hash)).toEqual({ right: false, outdated: true });
});

test("without a hash nothing is right, and the work is the same", async () => {
  const hash = await hashPassword("x", random);
  const timeOf = async (stored: string | undefined): Promise<number> => {
    const start = process.cpuUsage();
    for (let i = 0; i < 5; i++) await checkPassword("y", stored);
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  expect(await checkPassword("", undefined)).toMatchObject({ right: false });
  const ratio = (await timeOf(undefined)) / (await timeOf(hash));
  expect(ratio).toBeGreaterThan(0.3);
  expect(ratio).toBeLessThan(3);
});

test("a hash in another format is our mistake and never right", async () => {
  await expect(checkPassword("x", "plain")).rejects.toThrow("PHC");
});
