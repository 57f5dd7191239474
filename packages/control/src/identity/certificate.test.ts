import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { type CredentialClaims, parseClaimsUri } from "@postern/core/credential/claims";
import { hostIdOf } from "@postern/core/credential/host-uri";
import { createId } from "@postern/core/id";
import { hour, minute } from "@postern/core/time";
import { describe, expect, onTestFinished, test } from "vitest";
import { ensureAuthority } from "./authority.ts";
import { issueClientCertificate, issueHostCertificate, parsePublicKey } from "./certificate.ts";
import { createDeps, createSigner, type TestDeps } from "./test-support.ts";
import { isSignedBy, trustedCertificates } from "./trust.ts";

const claims: CredentialClaims = {
  cluster: "test",
  grant_id: "gr_01",
  user: "alice",
  login_session: "ls_01",
  database: "aurora",
  db_user: 'O\'Brien, "DBA"',
  db_name: "a&b=c,URI:x",
};

async function issueClient(deps: TestDeps, key: KeyObject = createSigner().publicKeyObject) {
  const issued = await issueClientCertificate(deps, deps.userCa, claims, key, deps.clock() + 5 * minute);
  return { ...issued, x509: new X509Certificate(issued.certificate) };
}

async function issueHost(deps: TestDeps, names: string[], key: KeyObject = createSigner().publicKeyObject) {
  const hostId = createId("host", deps.clock(), deps.random);
  const issued = await issueHostCertificate(deps, deps.hostCa, { hostId, names, publicKey: key });
  return { ...issued, hostId, x509: new X509Certificate(issued.certificate) };
}

describe("a client certificate", () => {
  test("names its claims in one URI, whatever characters they hold", async () => {
    const { x509 } = await issueClient(createDeps());
    const uri = x509.subjectAltName?.replace(/^URI:/, "") ?? "";
    expect(parseClaimsUri(uri)).toEqual(claims);
    expect(x509.subject).toBe("CN=alice");
  });

  test("is for TLS clients alone, lives for minutes and has a random serial number", async () => {
    const deps = createDeps();
    const [one, two] = [await issueClient(deps), await issueClient(deps)];
    expect(one.x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(one.x509.ca).toBe(false);
    expect(one.x509.validFromDate.getTime()).toBe(deps.clock() - minute);
    expect(one.x509.validToDate.getTime()).toBe(deps.clock() + 5 * minute);
    expect(one.expiresAt).toBe(deps.clock() + 5 * minute);
    expect(one.x509.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(one.x509.serialNumber).not.toBe(two.x509.serialNumber);
  });

  test("is signed by the user CA and not by the host CA", async () => {
    const deps = createDeps();
    await ensureAuthority(deps, "host-ca", deps.hostCa);
    const { x509 } = await issueClient(deps);
    expect(await isSignedBy(deps, "user-ca", x509)).toBe(true);
    expect(await isSignedBy(deps, "host-ca", x509)).toBe(false);
  });

  test("of a user with a long name keeps within the Common Name's 64 characters", async () => {
    const deps = createDeps();
    const key = createSigner().publicKeyObject;
    const long = { ...claims, user: "a".repeat(100) };
    const { certificate } = await issueClientCertificate(deps, deps.userCa, long, key, deps.clock() + minute);
    expect(new X509Certificate(certificate).subject).toBe(`CN=${"a".repeat(64)}`);
  });
});

describe("a host certificate", () => {
  test("names what it was told and the host, and nothing as its subject", async () => {
    const deps = createDeps();
    const { x509, hostId } = await issueHost(deps, ["db.example.com", "127.0.0.1", "2001:db8::1"]);
    expect(x509.checkHost("db.example.com")).toBe("db.example.com");
    expect(x509.checkHost("evil.example.com")).toBeUndefined();
    expect(x509.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(x509.checkIP("2001:db8::1")).toBe("2001:db8::1");
    expect(x509.subject ?? "").toBe("");
    expect(hostIdOf("test", x509)).toBe(hostId);
    expect(hostIdOf("other", x509)).toBeUndefined();
  });

  test("is for TLS servers alone and lives for a day", async () => {
    const deps = createDeps();
    const { x509 } = await issueHost(deps, ["localhost"]);
    expect(x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(x509.validToDate.getTime()).toBe(deps.clock() + 24 * hour);
  });

  test("of another host can't be claimed by a DNS name that reads like its URI", async () => {
    const deps = createDeps();
    const fake = `x, URI:postern://test/hosts/${createId("host", deps.clock(), deps.random)}`;
    const { x509, hostId } = await issueHost(deps, [fake]);
    expect(hostIdOf("test", x509)).toBe(hostId);
  });
});

describe("a public key", () => {
  const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();

  test("on P-256 is taken", () => {
    const key = createSigner().publicKeyObject;
    expect(parsePublicKey(pem(key)).equals(key)).toBe(true);
  });

  test("of another kind, a private key, or a text that is none is refused", () => {
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const own = createSigner().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    for (const text of [
      pem(p384.publicKey),
      pem(rsa.publicKey),
      own,
      "",
      "-----BEGIN PUBLIC KEY-----\nAA\n",
    ]) {
      expect(() => parsePublicKey(text)).toThrow(expect.objectContaining({ code: "input.invalid" }));
    }
  });
});

describe("TLS 1.3", () => {
  test("takes both certificates where each belongs", async () => {
    const { client, server } = await handshake("own");
    expect(client).toBe("authorized");
    expect(server).toBe("authorized");
  });

  test("refuses a host's certificate as a client's", async () => {
    const { server } = await handshake("host certificate as client");
    expect(server).toBe("INVALID_PURPOSE");
  });

  test("refuses a client's certificate as a server's", async () => {
    const { client } = await handshake("client certificate as server");
    expect(client).toBe("INVALID_PURPOSE");
  });
});

const openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"].find(existsSync);

describe.runIf(openssl !== undefined)("openssl verify -x509_strict", () => {
  test("takes each certificate for its own purpose and CA alone", async () => {
    const deps = realTimeDeps();
    const [client, host] = [await issueClient(deps), await issueHost(deps, ["localhost", "127.0.0.1"])];
    const [userCa, hostCa] = [await caPem(deps, "user-ca"), await caPem(deps, "host-ca")];
    expect(opensslVerify(userCa, client.certificate, "sslclient")).toBe(true);
    expect(opensslVerify(hostCa, host.certificate, "sslserver")).toBe(true);
    expect(opensslVerify(userCa, client.certificate, "sslserver")).toBe(false);
    expect(opensslVerify(hostCa, host.certificate, "sslclient")).toBe(false);
    expect(opensslVerify(hostCa, client.certificate, "sslclient")).toBe(false);
  });
});

/** OpenSSL knows no other time than now. */
function realTimeDeps(): TestDeps {
  return { ...createDeps(), clock: () => Date.now() };
}

async function caPem(deps: TestDeps, name: "user-ca" | "host-ca"): Promise<string> {
  return (await trustedCertificates(deps, name)).join("");
}

function opensslVerify(ca: string, certificate: string, purpose: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "postern-openssl-"));
  try {
    writeFileSync(join(folder, "ca.pem"), ca);
    writeFileSync(join(folder, "certificate.pem"), certificate);
    const files = ["-CAfile", join(folder, "ca.pem"), join(folder, "certificate.pem")];
    execFileSync(openssl ?? "openssl", ["verify", "-x509_strict", "-purpose", purpose, ...files], {
      stdio: "pipe",
    });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Attack = "own" | "host certificate as client" | "client certificate as server";

/** What each side says of the other's certificate. Both trust both CAs, so that only the purpose tells them apart. */
async function handshake(attack: Attack): Promise<{ client: string; server: string }> {
  const deps = realTimeDeps();
  const [clientKey, hostKey] = [createSigner(), createSigner()];
  const client = await issueClient(deps, clientKey.publicKeyObject);
  const host = await issueHost(deps, ["localhost"], hostKey.publicKeyObject);
  const ca = [await caPem(deps, "user-ca"), await caPem(deps, "host-ca")];
  const clientPair = { cert: client.certificate, key: pkcs8(clientKey.privateKey) };
  const hostPair = { cert: host.certificate, key: pkcs8(hostKey.privateKey) };
  const options = { requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3", ca } as const;
  const asServer = attack === "client certificate as server" ? clientPair : hostPair;
  const asClient = attack === "host certificate as client" ? hostPair : clientPair;
  const listener = createServer({ ...options, ...asServer });
  onTestFinished(() => {
    listener.close();
  });
  const port = await listen(listener);
  const accepted = new Promise<TLSSocket>((resolve) => listener.once("secureConnection", resolve));
  const socket = connect({ ...options, ...asClient, port, host: "127.0.0.1", servername: "localhost" });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const verdicts = { client: verdictOf(socket), server: verdictOf(await accepted) };
  socket.destroy();
  return verdicts;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function verdictOf({ authorized, authorizationError }: TLSSocket): string {
  return authorized ? "authorized" : String(authorizationError);
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
