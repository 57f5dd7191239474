/** Servers that are gone, broken, slow or somebody else's: bounded time, a clear error, and no byte of the token. */
import { createServer } from "node:net";
import { CString } from "@postern/wire/cstring";
import { encodeBackend } from "@postern/wire/messages/backend";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Authority, type Certificate, issue, makeAuthority } from "./support/certificates.ts";
import { type FakeServer, fakeServer, type Script } from "./support/fake-server.ts";
import { endedRecords, type Stage, startStage, tlsOptions } from "./support/stage.ts";
import { openTls, WireClient } from "./support/wire-client.ts";

const upstreamMs = 1_500;
const accepted = Buffer.from("S");

let authority: Authority;
let good: Certificate;
let server: FakeServer | undefined;
let stage: Stage | undefined;

beforeAll(async () => {
  authority = await makeAuthority("database CA");
  good = await issue(authority, {
    name: "localhost",
    usage: "serverAuth",
    names: [{ type: "dns", value: "localhost" }],
  });
});

afterEach(async () => {
  server?.stop();
  await stage?.stop();
  server = undefined;
  stage = undefined;
});

interface Refused {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
  readonly ms: number;
}

/** What a client is told when its database is this. */
async function connectTo(port: number): Promise<Refused> {
  stage = await startStage({ port, caPem: authority.certificate }, { upstreamMs });
  const client = new WireClient(await openTls(stage.proxy.port, "negotiated", tlsOptions(stage)));
  const began = Date.now();
  client.startUp({ user: "alice", database: "postgres" });
  const error = await client.error();
  const records = await endedRecords(stage);
  expect(records).toMatchObject([{ type: "end", reason: "upstream_failed", sqlstate: error?.code }]);
  return { code: undefined, message: undefined, hint: undefined, ...error, ms: Date.now() - began };
}

async function connectToFake(script: Script): Promise<Refused> {
  server = await fakeServer(script);
  return connectTo(server.port);
}

const frame = (tag: string, length: number, body: Uint8Array = new Uint8Array(0)): Buffer => {
  const header = Buffer.alloc(5);
  header.write(tag);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, body]);
};

const cleartext = encodeBackend({ type: "AuthenticationCleartextPassword" });
const sasl = encodeBackend({ type: "AuthenticationSASL", mechanisms: [CString.from("SCRAM-SHA-256")] });
const md5 = encodeBackend({ type: "AuthenticationMD5Password", salt: Buffer.from("salt") });

/** Says something once the start-up packet has come, and then `next` to whatever follows. */
const says = (first: Uint8Array, next?: Uint8Array): Script["speak"] => {
  let count = 0;
  return (socket, chunk) => {
    if (chunk === undefined) return;
    count += 1;
    if (count === 1) socket.write(first);
    else if (next) socket.write(next);
  };
};

const tokenIsSecret = (): void => expect(server?.received()).not.toMatch(/X-Amz|Action=connect/);

describe("the token stays here, when the server", () => {
  test("declines TLS", async () => {
    expect(await connectToFake({ sslAnswer: Buffer.from("N") })).toMatchObject({ code: "08006" });
    tokenIsSecret();
  });

  test("answers with more than one byte in clear", async () => {
    expect(await connectToFake({ sslAnswer: Buffer.concat([accepted, cleartext]) })).toMatchObject({
      code: "08006",
    });
    tokenIsSecret();
  });

  test("answers with an error in clear, as an ancient one does", async () => {
    expect(await connectToFake({ sslAnswer: Buffer.from("Eunsupported\0") })).toMatchObject({
      code: "08006",
    });
    tokenIsSecret();
  });

  const certificates: readonly [string, () => Promise<Certificate>, RegExp][] = [
    [
      "signs itself",
      () => issue(authority, { name: "localhost", usage: "serverAuth", isSelfSigned: true }),
      /trusted/,
    ],
    [
      "has another name",
      () =>
        issue(authority, {
          name: "localhost",
          usage: "serverAuth",
          names: [{ type: "dns", value: "elsewhere" }],
        }),
      /trusted/,
    ],
    [
      "has a certificate that is expired",
      () =>
        issue(authority, {
          name: "localhost",
          usage: "serverAuth",
          names: [{ type: "dns", value: "localhost" }],
          notAfter: Date.now() - 1_000,
        }),
      /trusted/,
    ],
    [
      "has a Common Name alone",
      () => issue(authority, { name: "localhost", usage: "serverAuth", names: [] }),
      /Common Name/,
    ],
    [
      "is from another authority",
      async () =>
        issue(await makeAuthority("database CA"), {
          name: "localhost",
          usage: "serverAuth",
          names: [{ type: "dns", value: "localhost" }],
        }),
      /trusted/,
    ],
  ];

  test.each(certificates)("%s", async (_, make, said) => {
    const refused = await connectToFake({
      sslAnswer: accepted,
      certificate: await make(),
      speak: says(cleartext),
    });
    expect(refused.code).toBe("08006");
    expect(refused.message).toMatch(said);
    tokenIsSecret();
  });

  test.each([
    ["SASL", sasl],
    ["MD5", md5],
  ] as const)("asks for %s", async (_, request) => {
    const refused = await connectToFake({ sslAnswer: accepted, certificate: good, speak: says(request) });
    expect(refused.code).toBe("28P01");
    expect(refused.hint).toContain("rds_iam");
    tokenIsSecret();
  });

  test("lets anybody in", async () => {
    const ok = encodeBackend({ type: "AuthenticationOk" });
    const ready = encodeBackend({ type: "ReadyForQuery", status: "idle" });
    const speak = says(Buffer.concat([ok, ready]));
    expect((await connectToFake({ sslAnswer: accepted, certificate: good, speak })).code).toBe("08006");
    tokenIsSecret();
  });

  test("claims a message of two gigabytes, or speaks garbage", async () => {
    for (const bytes of [
      frame("R", 0x7fff_ffff),
      frame("R", 3),
      Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    ]) {
      expect((await connectToFake({ sslAnswer: accepted, certificate: good, speak: says(bytes) })).code).toBe(
        "08006",
      );
      tokenIsSecret();
      server?.stop();
      await stage?.stop();
    }
  });
});

test("the token is sent once, and a second request for it is a refusal", async () => {
  const refused = await connectToFake({
    sslAnswer: accepted,
    certificate: good,
    speak: says(cleartext, cleartext),
  });
  expect(refused.code).toBe("28P01");
  expect(server?.received().match(/Action=connect/g)).toHaveLength(1);
});

test("a server that refuses the token is told as such, with what to look at", async () => {
  const error = encodeBackend({
    type: "ErrorResponse",
    fields: [
      { letter: "S", value: CString.from("FATAL") },
      { letter: "C", value: CString.from("28000") },
      { letter: "M", value: CString.from('PAM authentication failed for user "alice"') },
    ],
  });
  const refused = await connectToFake({
    sslAnswer: accepted,
    certificate: good,
    speak: says(cleartext, error),
  });
  expect(refused).toMatchObject({ code: "28P01" });
  expect(refused.hint).toMatch(/rds_iam.*resource id/);
});

test("a start-up without end is ended", async () => {
  const status = encodeBackend({
    type: "ParameterStatus",
    name: CString.from("a"),
    value: CString.from("b"),
  });
  const ok = encodeBackend({ type: "AuthenticationOk" });
  const flood = Buffer.concat([ok, ...Array.from({ length: 2_000 }, () => status)]);
  expect(
    (await connectToFake({ sslAnswer: accepted, certificate: good, speak: says(cleartext, flood) })).code,
  ).toBe("08006");
});

describe("in bounded time", () => {
  const hanging: readonly [string, () => Script][] = [
    ["says nothing to SSLRequest", () => ({ sslAnswer: undefined })],
    ["says nothing in the handshake", () => ({ sslAnswer: accepted })],
    ["says nothing to the start-up", () => ({ sslAnswer: accepted, certificate: good })],
    ["says nothing to the token", () => ({ sslAnswer: accepted, certificate: good, speak: says(cleartext) })],
  ];

  test.each(hanging)("a server that %s", async (_, script) => {
    const refused = await connectToFake(script());
    expect(refused.code).toBe("08001");
    expect(refused.message).toContain(`localhost:${server?.port}`);
    expect(refused.hint).toContain("security group");
    expect(refused.ms).toBeLessThan(upstreamMs + 2_000);
  });

  test("a server that hangs up", async () => {
    const refused = await connectToFake({ sslAnswer: undefined, onPlain: (socket) => socket.destroy() });
    expect(refused.code).toBe("08001");
  });

  test("no server", async () => {
    const port = await new Promise<number>((resolve) => {
      const free = createServer().listen(0, "127.0.0.1", () => {
        const address = free.address();
        free.close(() => resolve(address !== null && typeof address !== "string" ? address.port : 0));
      });
    });
    const refused = await connectTo(port);
    expect(refused.code).toBe("08001");
    expect(refused.message).toContain(`localhost:${port}`);
  });
});
