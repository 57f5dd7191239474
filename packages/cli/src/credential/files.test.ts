import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { useTemporaryHome } from "../test-support/home.ts";
import type { ClientCertificate } from "./certificate.ts";
import {
  loadCredential,
  removeCredential,
  removeCredentials,
  type SavedCredential,
  saveCredential,
  savedDatabases,
} from "./files.ts";

const home = useTemporaryHome();
const url = "http://localhost:3080";
const target = { database: "aurora", db_user: "alice", db_name: "post gres" };

function issue(name: string): ClientCertificate {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    certificate: `certificate ${name}`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    addresses: ["db.example.com:5440"],
    hostCa: ["one\n", "two\n"],
    grantId: `gr_${name}`,
    expiresAt: Date.parse("2026-03-04T10:00:00.000Z"),
  };
}

const save = (certificate: ClientCertificate, database = "aurora") =>
  saveCredential(url, "alice", { ...target, database }, certificate);

const everything = () => readdirSync(home(), { recursive: true, withFileTypes: true });

/** Folders with keys; links to them aside. */
const keyFolders = () =>
  readdirSync(join(home(), "db", "localhost_3080")).filter((name) => name.startsWith(".")).length;

/** What a program finds that reads all of them. */
function read({ files }: SavedCredential) {
  const key = createPrivateKey(readFileSync(files.key));
  const der = createPrivateKey({ key: readFileSync(files.keyDer), format: "der", type: "pkcs8" });
  expect(der.equals(key)).toBe(true);
  return {
    certificate: readFileSync(files.certificate, "utf8"),
    key,
    root: readFileSync(files.root, "utf8"),
  };
}

describe("saved files", () => {
  test("are the certificate, its key in PEM and DER, and the authorities; for their owner alone", () => {
    const certificate = issue("1");
    const saved = save(certificate);
    const { key, ...texts } = read(saved);
    expect(texts).toEqual({ certificate: "certificate 1", root: "one\n\ntwo\n" });
    expect(key.equals(createPrivateKey(certificate.privateKey))).toBe(true);
    for (const file of Object.values(saved.files)) expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const each of everything().filter((entry) => entry.isDirectory()))
      expect(statSync(join(each.parentPath, each.name)).mode & 0o777).toBe(0o700);
  });

  test("are found again, by the database's name", () => {
    const saved = save(issue("1"));
    expect(loadCredential(url, "aurora")).toEqual(saved);
    expect(saved).toMatchObject({ user: "alice", db_name: "post gres", grant_id: "gr_1" });
    expect(loadCredential(url, "other")).toBeUndefined();
    expect(loadCredential("http://localhost:1", "aurora")).toBeUndefined();
    save(issue("2"), "orders");
    expect(savedDatabases(url)).toEqual(["aurora", "orders"]);
  });

  test("keep their paths at the next login, and nothing of the one before is left", () => {
    const first = save(issue("1"));
    const second = save(issue("2"));
    expect(second.files).toEqual(first.files);
    expect(read(second).certificate).toBe("certificate 2");
    expect(keyFolders()).toBe(1);
  });

  test("stay as they were where the next login fails half-way", () => {
    const saved = save(issue("1"));
    const before = everything().map(({ name }) => name);
    expect(() => save({ ...issue("2"), privateKey: "no key" })).toThrow(/key|PEM|unsupported/i);
    expect(everything().map(({ name }) => name)).toEqual(before);
    expect(read(saved).certificate).toBe("certificate 1");
  });

  test("that others may read are refused", () => {
    const { files } = save(issue("1"));
    chmodSync(join(dirname(files.key), "credential.json"), 0o644);
    expect(() => loadCredential(url, "aurora")).toThrow(expect.objectContaining({ code: "input.invalid" }));
  });

  test("are never looked for outside of their folder", () => {
    expect(loadCredential(url, "../aurora")).toBeUndefined();
    expect(() => save(issue("1"), "../aurora")).toThrow("expected");
    expect(() => save(issue("1"), "..")).toThrow("expected");
  });
});

describe("removed", () => {
  test("the files of one database are gone, and those of no other", () => {
    save(issue("1"));
    save(issue("2"), "aurora-eu");
    removeCredential(url, "aurora");
    expect(savedDatabases(url)).toEqual(["aurora-eu"]);
    expect(keyFolders()).toBe(1);
    removeCredential(url, "aurora"); // twice is no failure
  });

  test("the files of a server are all gone", () => {
    const { files } = save(issue("1"));
    removeCredentials(url);
    expect(() => lstatSync(dirname(files.key))).toThrow("ENOENT");
    expect(savedDatabases(url)).toEqual([]);
  });
});
