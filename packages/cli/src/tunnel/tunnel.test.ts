import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, connect, createServer as createPlainServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { Fault } from "@postern/core/fault";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ClientCertificate } from "../credential/certificate.ts";
import type { CertificateSource } from "../credential/source.ts";
import { createAuthority, type Issued, type TestAuthority } from "../test-support/authority.ts";
import { type Tunnel, withTunnel } from "./tunnel.ts";

let hosts: TestAuthority;
let users: TestAuthority;
let client: Issued;

beforeAll(async () => {
  [hosts, users] = await Promise.all([createAuthority("hosts"), createAuthority("users")]);
  client = await users.issue("clientAuth", ["alice"]);
});

const servers: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});

/** Stands where the proxy stands; answers every connection by `handle`. */
async function startProxy(handle: (socket: TLSSocket) => void, options: TlsOptions = {}): Promise<string> {
  const own = await hosts.issue("serverAuth", ["localhost"]);
  const server = createServer(
    {
      cert: own.certificate,
      key: own.privateKey,
      ca: [users.certificate],
      requestCert: true,
      minVersion: "TLSv1.3",
      ALPNProtocols: ["postgresql"],
      ...options,
    },
    (socket) => handle(socket.on("error", () => undefined)),
  );
  servers.push(server.on("tlsClientError", () => undefined));
  await once(server.listen(0, "localhost"), "listening");
  return `localhost:${(server.address() as AddressInfo).port}`;
}

async function closedAddress(): Promise<string> {
  const server = createPlainServer();
  await once(server.listen(0, "localhost"), "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return `localhost:${port}`;
}

const certificateFor = (...addresses: [string, ...string[]]): ClientCertificate => ({
  ...client,
  addresses,
  hostCa: [hosts.certificate],
  grantId: "gr_1",
  expiresAt: Infinity,
});

const sourceOf = (...addresses: [string, ...string[]]): CertificateSource => ({
  get: () => Promise.resolve(certificateFor(...addresses)),
  renew: (stale) => Promise.resolve(stale),
});

const socketOf = ({ folder, port }: Tunnel) => `${folder}/.s.PGSQL.${port}`;
const through = (source: CertificateSource, use: (tunnel: Tunnel) => Promise<void>) =>
  withTunnel(source, use);

/** What a client gets that says `start` and then listens to the end. */
async function converse(tunnel: Tunnel, start = "start"): Promise<string> {
  const socket = connect(socketOf(tunnel));
  socket.write(start);
  return text(socket);
}

describe("a connection", () => {
  test("is relayed both ways, with the client's certificate", async () => {
    const address = await startProxy((socket) => {
      const { subjectaltname } = socket.getPeerCertificate();
      socket.once("data", (chunk) => socket.end(`${subjectaltname} sent ${chunk.toString()}`));
    });
    await through(sourceOf(address), async (tunnel) => {
      expect(await converse(tunnel)).toBe("DNS:alice sent start");
    });
  });

  test("keeps what the proxy says last: its refusal reaches the client whole", async () => {
    const refusal = `EFATAL${"x".repeat(100_000)}`;
    const address = await startProxy((socket) => socket.once("data", () => socket.end(refusal)));
    await through(sourceOf(address), async (tunnel) => {
      expect(await converse(tunnel)).toBe(refusal);
    });
  });

  test("ends at the proxy when the client goes", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const address = await startProxy((socket) => socket.resume().once("close", resolve));
    await through(sourceOf(address), async (tunnel) => {
      const socket = connect(socketOf(tunnel));
      socket.write("start", () => socket.destroy());
      await expect(promise).resolves.toBe(false);
    });
  });

  test("brings the client's last words to the proxy, also where the command is over with them", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const address = await startProxy((socket) => {
      socket.write("ready");
      resolve(text(socket));
    });
    await through(sourceOf(address), async (tunnel) => {
      const socket = connect(socketOf(tunnel));
      socket.write("start ");
      await once(socket, "data");
      socket.end("last words");
    });
    expect(await promise).toBe("start last words");
  });

  test("asks for the certificate of the moment, each time", async () => {
    const address = await startProxy((socket) => socket.once("data", () => socket.end("done")));
    const source = sourceOf(address);
    const get = vi.spyOn(source, "get");
    await through(source, async (tunnel) => {
      await converse(tunnel);
      await converse(tunnel);
    });
    expect(get).toHaveBeenCalledTimes(2);
  });
});

test("nobody is dialled for a client that went before there was a certificate", async () => {
  let dialled = 0;
  const address = await startProxy((socket) => {
    dialled += 1;
    socket.once("data", () => socket.end());
  });
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const asked: number[] = [];
  const source: CertificateSource = {
    async get() {
      await answers[asked.push(asked.length) - 1]?.promise;
      return sourceOf(address).get();
    },
    renew: (stale) => Promise.resolve(stale),
  };
  await through(source, async (tunnel) => {
    const gone = connect(socketOf(tunnel));
    await vi.waitUntil(() => asked.length === 1, 30_000);
    gone.destroy();
    const waiting = converse(tunnel);
    await vi.waitUntil(() => asked.length === 2, 30_000); // by now the first one's end is seen, too
    for (const answer of answers) answer.resolve();
    await waiting;
  });
  expect(dialled).toBe(1);
});

describe("a proxy is not believed", () => {
  const startWith = async (authority: TestAuthority, names: string[], options: TlsOptions = {}) => {
    const { certificate, privateKey } = await authority.issue("serverAuth", names);
    return startProxy((socket) => socket.resume(), { cert: certificate, key: privateKey, ...options });
  };
  const tls12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;

  test.each<[string, () => Promise<string>, RegExp]>([
    [
      "with a certificate of another authority",
      () => startWith(users, ["localhost"]),
      /can't reach the proxy/,
    ],
    ["with a certificate of another name", () => startWith(hosts, ["db.example.com"]), /altnames/],
    ["with a Common Name and no SAN", () => startWith(hosts, []), /SAN/],
    [
      "without ALPN",
      () => startWith(hosts, ["localhost"], { ALPNProtocols: undefined }),
      /doesn't speak PostgreSQL/,
    ],
    ["that speaks TLS 1.2", () => startWith(hosts, ["localhost"], tls12), /can't reach the proxy/],
    ["that isn't there", closedAddress, /ECONNREFUSED/],
  ])("%s, whatever NODE_TLS_REJECT_UNAUTHORIZED says", async (_, start, reason) => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    await through(sourceOf(await start()), async (tunnel) => {
      const answer = await converse(tunnel);
      expect(answer).toMatch(/^E.*C08006\0/s);
      expect(answer).toMatch(reason);
    });
  });
});

describe("where a proxy is gone", () => {
  const answering = () => startProxy((socket) => socket.once("data", () => socket.end("here")));

  test("the next address is taken", async () => {
    const source = sourceOf(await closedAddress(), await answering());
    await through(source, async (tunnel) => expect(await converse(tunnel)).toBe("here"));
  });

  test("the control plane is asked for another", async () => {
    const address = await answering();
    const renew = vi.fn<CertificateSource["renew"]>(() => Promise.resolve(certificateFor(address)));
    const source = { ...sourceOf(await closedAddress()), renew };
    await through(source, async (tunnel) => expect(await converse(tunnel)).toBe("here"));
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test("and the control plane knows no other, it is told which", async () => {
    const address = await closedAddress();
    await through(sourceOf(address), async (tunnel) => expect(await converse(tunnel)).toContain(address));
  });
});

test("a refused certificate is shown to the client, with the hint", async () => {
  const expired = new Fault("auth.expired", "the login is over", { hint: "postern login" });
  const refusing = { ...sourceOf("localhost:1"), get: () => Promise.reject(expired) };
  await through(refusing, async (tunnel) => {
    expect(await converse(tunnel)).toMatch(
      /^E.{4}SFATAL\0VFATAL\0C28000\0Mthe login is over\0Hpostern login\0\0$/s,
    );
  });
});

test("a cancel request goes to the proxy with the certificate, and is over when the proxy closes", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const address = await startProxy((socket) => {
    socket.once("data", (chunk: Buffer) => {
      resolve(chunk.toString("hex"));
      socket.end();
    });
  });
  await through(sourceOf(address), (tunnel) =>
    tunnel.cancel({ type: "CancelRequest", processId: 7, secretKey: Uint8Array.of(0, 0, 0, 9) }),
  );
  expect(await promise).toBe("0000001004d2162e0000000700000009");
});

describe("the socket's folder", () => {
  const never = () => new Promise<never>(() => undefined);
  const idle: CertificateSource = { get: never, renew: never };

  test("can be entered by its owner alone", async () => {
    await through(idle, async (tunnel) => {
      expect(statSync(tunnel.folder).mode & 0o777).toBe(0o700);
      await Promise.resolve();
    });
  });

  test.runIf(process.getuid?.() === 0)("keeps other users of the machine out", async () => {
    await through(idle, async (tunnel) => {
      const program = `require("node:net").connect(${JSON.stringify(socketOf(tunnel))})
        .on("error", ({ code }) => console.log(code)).on("connect", () => process.exit(1));`;
      const other = spawn("/bin/sh", ["-c", 'exec "$0" -e "$1"', process.execPath, program], {
        uid: 65_534,
        gid: 65_534,
        cwd: "/",
      });
      expect((await text(other.stdout)).trim()).toBe("EACCES");
    });
  });

  test("is gone at the end, and with it every connection, also after a failure", async () => {
    const accepted: Socket[] = [];
    const address = await startProxy((socket) => accepted.push(socket.resume()));
    const failure = new Error("failed");
    let folder = "";
    let closed: Promise<unknown> = Promise.resolve();
    const failing = through(sourceOf(address), async (tunnel) => {
      ({ folder } = tunnel);
      expect(readdirSync(folder)).toEqual([".s.PGSQL.5432"]);
      const socket = connect(socketOf(tunnel));
      socket.write("start");
      await vi.waitUntil(() => accepted.length === 1, 30_000);
      closed = once(socket, "close");
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    await closed;
    expect(existsSync(folder)).toBe(false);
    await vi.waitUntil(() => accepted.every((socket) => socket.destroyed), 30_000);
  });

  test("in a path too long for a socket is said to be so", async () => {
    const long = mkdtempSync(join(tmpdir(), "x".repeat(100)));
    vi.stubEnv("TMPDIR", long);
    const attempt = through(idle, () => Promise.resolve());
    await expect(attempt).rejects.toMatchObject({
      data: { hint: expect.stringContaining("TMPDIR") as string },
    });
    expect(readdirSync(long)).toEqual([]);
    rmSync(long, { recursive: true });
  });
});
