import { describe, expect, test } from "vitest";
import { errorField } from "../error-response.ts";
import { decodeBackend } from "../messages/backend.ts";
import { encodeFrontend } from "../messages/frontend.ts";
import { embedded, frameOf, oneByOne, splitEverywhere } from "../test-support/frames.ts";
import {
  opening,
  type StartupEffect,
  type StartupEvent,
  type StartupPhase,
  type TlsPolicy,
} from "./phase.ts";
import { step } from "./step.ts";

const SSL = encodeFrontend({ type: "SSLRequest" });
const GSSENC = encodeFrontend({ type: "GSSENCRequest" });
const CANCEL = encodeFrontend({
  type: "CancelRequest",
  processId: 7,
  secretKey: Uint8Array.from({ length: 32 }, (_, at) => at),
});
const CLIENT_HELLO = Uint8Array.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0]);

function startup(parameters: Record<string, string> = { user: "alice", database: "postgres" }, minor = 0) {
  const version = { major: 3, minor };
  return encodeFrontend({
    type: "StartupMessage",
    version,
    parameters: new Map(Object.entries(parameters)),
  });
}

const data = (bytes: Uint8Array): StartupEvent => ({ type: "data", bytes });
const secured = (alpn?: string): StartupEvent => ({ type: "secured", alpn });

/** Runs events until start-up is over; what happened, in order. */
function run(tls: TlsPolicy, events: readonly StartupEvent[]) {
  let phase: StartupPhase = opening(tls);
  const effects: StartupEffect[] = [];
  for (const event of events) {
    if (phase.type === "over") break;
    const next = step(phase, event);
    phase = next.phase;
    effects.push(...next.effects);
  }
  return { phase, effects };
}

/** Effects as one line each: what is sent, and why it closes. */
function trace(tls: TlsPolicy, events: readonly StartupEvent[]): string[] {
  return run(tls, events).effects.map((effect) => {
    switch (effect.type) {
      case "send":
        return `send ${effect.bytes.length === 1 ? String.fromCharCode(effect.bytes[0] ?? 0) : "message"}`;
      case "startTls":
        return effect.requireAlpn ? "startTls with alpn" : "startTls";
      case "close":
        return `close ${effect.error ? errorField(effect.error, "C") : "silently"}`;
      default:
        return `${effect.type} ${effect.secure ? "in TLS" : "in clear"}`;
    }
  });
}

describe("the ways in", () => {
  test("SSLRequest, TLS, StartupMessage", () => {
    const events = [data(SSL), secured(), data(startup())];
    expect(trace("required", events)).toEqual(["send S", "startTls", "startup in TLS"]);
  });

  test("direct TLS with ALPN, StartupMessage", () => {
    const events = [data(CLIENT_HELLO), secured("postgresql"), data(startup())];
    expect(trace("required", events)).toEqual(["startTls with alpn", "startup in TLS"]);
    expect(run("required", events).effects[0]).toMatchObject({ received: CLIENT_HELLO });
  });

  test("GSSENCRequest is answered N, and the client goes on", () => {
    const events = [data(GSSENC), data(SSL), secured(), data(startup())];
    expect(trace("required", events)).toEqual(["send N", "send S", "startTls", "startup in TLS"]);
  });

  test("without TLS, each kind of encryption may be asked for once, in either order", () => {
    expect(trace("declined", [data(GSSENC), data(SSL), data(startup())])).toEqual([
      "send N",
      "send N",
      "startup in clear",
    ]);
    expect(trace("declined", [data(SSL), data(GSSENC), data(startup())])).toEqual([
      "send N",
      "send N",
      "startup in clear",
    ]);
  });

  test("a cancel is taken in clear and in TLS, with its whole key", () => {
    expect(trace("required", [data(CANCEL)])).toEqual(["cancel in clear"]);
    expect(trace("required", [data(SSL), secured(), data(CANCEL)])).toEqual([
      "send S",
      "startTls",
      "cancel in TLS",
    ]);
    expect(run("required", [data(CANCEL)]).effects[0]).toMatchObject({
      request: { processId: 7, secretKey: { length: 32 } },
    });
  });

  test("packets may come in any pieces", () => {
    for (const cut of [...splitEverywhere(startup()), oneByOne(startup()), [embedded(startup())]]) {
      const events = [data(SSL), secured(), ...cut.map(data)];
      expect(trace("required", events)).toEqual(["send S", "startTls", "startup in TLS"]);
    }
    for (const cut of [...splitEverywhere(SSL), oneByOne(SSL)]) {
      const chunks = cut.filter((chunk) => chunk.length > 0);
      expect(trace("required", chunks.map(data))).toEqual(["send S", "startTls"]);
    }
  });
});

describe("what is refused", () => {
  test("a plaintext start-up, where TLS is required", () => {
    expect(trace("required", [data(startup())])).toEqual(["close 28000"]);
    expect(trace("required", [data(GSSENC), data(startup())])).toEqual(["send N", "close 28000"]);
    expect(trace("accepted", [data(startup())])).toEqual(["startup in clear"]);
  });

  test("any byte behind an SSLRequest, before its answer (CVE-2021-23214)", () => {
    for (const smuggled of [startup(), CLIENT_HELLO, CANCEL, SSL, Uint8Array.of(0)]) {
      for (const request of [SSL, GSSENC]) {
        const stream = Buffer.concat([request, smuggled]);
        // Wherever the client cuts within the request, the rest arrives with what it smuggles.
        for (let cut = 0; cut < request.length; cut += 1) {
          const events = [data(stream.subarray(0, cut)), data(stream.subarray(cut))];
          expect(trace("accepted", events)).toEqual(["close 08P01"]);
        }
      }
    }
  });

  test("bytes in clear once TLS has been agreed on", () => {
    expect(trace("required", [data(SSL), data(startup())])).toEqual(["send S", "startTls", "close 08P01"]);
  });

  test("direct TLS without ALPN, or for another protocol", () => {
    for (const alpn of [undefined, "h2", "http/1.1", "postgresql2"]) {
      const events = [data(CLIENT_HELLO), secured(alpn), data(startup())];
      expect(trace("required", events)).toEqual(["startTls with alpn", "close silently"]);
    }
    expect(trace("required", [data(SSL), secured("h2")])).toEqual(["send S", "startTls", "close silently"]);
    expect(trace("declined", [data(CLIENT_HELLO)])).toEqual(["close silently"]);
  });

  test("direct TLS after the first byte of the connection", () => {
    expect(trace("required", [data(GSSENC), data(CLIENT_HELLO)])).toEqual(["send N", "close silently"]);
    expect(trace("required", [data(SSL), secured(), data(CLIENT_HELLO)])).toEqual([
      "send S",
      "startTls",
      "close silently",
    ]);
  });

  test("asking twice for encryption, or for more inside TLS", () => {
    expect(trace("required", [data(GSSENC), data(GSSENC)])).toEqual(["send N", "close 08P01"]);
    expect(trace("declined", [data(SSL), data(SSL)])).toEqual(["send N", "close 08P01"]);
    for (const again of [SSL, GSSENC]) {
      expect(trace("required", [data(SSL), secured(), data(again)])).toEqual([
        "send S",
        "startTls",
        "close 08P01",
      ]);
    }
  });

  test.each([
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "close silently"],
    ["a length below eight", Buffer.from([0, 0, 0, 7, 0, 3, 0]), "close silently"],
    ["a length above the limit", Buffer.from([0, 0, 0x27, 0x11, 0, 3, 0, 0]), "close silently"],
    ["a length of 2^32-1", Buffer.from([255, 255, 255, 255, 0, 3, 0, 0]), "close silently"],
    ["protocol 2", Buffer.from([0, 0, 0, 8, 0, 2, 0, 0]), "close 0A000"],
    ["protocol 4", Buffer.from([0, 0, 0, 8, 0, 4, 0, 0]), "close 0A000"],
    ["no terminator", Buffer.from([0, 0, 0, 10, 0, 3, 0, 0, 0x61, 0]), "close 08P01"],
    ["a key of three bytes", Buffer.from("0000000f04d2162e00000001aabbcc", "hex"), "close silently"],
  ])("%s", (_, bytes, outcome) => {
    expect(trace("accepted", [data(bytes)])).toEqual([outcome]);
    expect(trace("accepted", oneByOne(bytes).map(data))).toEqual([outcome]);
  });

  test("no user, an empty one, and names that PostgreSQL would cut", () => {
    const secure = (parameters: Record<string, string>) =>
      trace("accepted", [data(startup(parameters))]).join();
    expect(secure({ database: "postgres" })).toBe("close 28000");
    expect(secure({ user: "", database: "postgres" })).toBe("close 28000");
    expect(secure({ user: "a".repeat(63) })).toBe("startup in clear");
    expect(secure({ user: "a".repeat(64) })).toBe("close 28000");
    expect(secure({ user: "ö".repeat(32) })).toBe("close 28000");
    expect(secure({ user: "a", database: "d".repeat(64) })).toBe("close 28000");
  });

  test("a parameter given twice", () => {
    const twice = Buffer.concat([
      Buffer.from([0, 0, 0, 25, 0, 3, 0, 0]),
      Buffer.from("user\0a\0user\0bob\0\0"),
    ]);
    expect(trace("accepted", [data(twice)])).toEqual(["close 08P01"]);
  });
});

describe("what a start-up hands out", () => {
  function session(parameters: Record<string, string>, minor = 0) {
    const { effects } = run("accepted", [data(startup(parameters, minor))]);
    const opened = effects.find((effect) => effect.type === "startup");
    const sent = effects.find((effect) => effect.type === "send");
    const frame = sent && frameOf("typed", [sent.bytes]);
    return { opened, reply: frame?.type === "message" ? decodeBackend(frame) : undefined };
  }

  test("the database is the user's name when none is given, or an empty one", () => {
    expect(session({ user: "alice" }).opened).toMatchObject({ user: "alice", database: "alice" });
    expect(session({ user: "alice", database: "" }).opened).toMatchObject({ database: "alice" });
    expect(session({ user: "alice", database: "shop" }).opened).toMatchObject({ database: "shop" });
  });

  test("every parameter is there to be judged", () => {
    const { opened } = session({ user: "alice", replication: "database", options: "-c search_path=x" });
    expect([...(opened?.message.parameters.keys() ?? [])]).toEqual(["user", "replication", "options"]);
  });

  test.each([
    [0, 0, false],
    [1, 1, false],
    [2, 2, false],
    [3, 2, true],
    [9999, 2, true],
  ])("asked for 3.%d, it speaks 3.%d", (asked, spoken, negotiated) => {
    const { opened, reply } = session({ user: "alice" }, asked);
    expect(opened?.version).toEqual({ major: 3, minor: spoken });
    expect(reply?.type).toBe(negotiated ? "NegotiateProtocolVersion" : undefined);
  });

  test("unknown protocol options are named to the client, also at a version that is spoken", () => {
    const { reply } = session({ user: "alice", "_pq_.test_protocol_negotiation": "", "_pq_.x": "1" }, 2);
    expect(reply).toMatchObject({ type: "NegotiateProtocolVersion", version: { major: 3, minor: 2 } });
    const options = reply?.type === "NegotiateProtocolVersion" ? reply.unsupportedOptions : [];
    expect(options.map((option) => option.utf8)).toEqual(["_pq_.test_protocol_negotiation", "_pq_.x"]);
  });

  test("what follows the packet in the same encryption is handed on", () => {
    const stream = Buffer.concat([startup(), Buffer.from("p123")]);
    const { effects } = run("accepted", [data(stream)]);
    expect(effects).toMatchObject([{ type: "startup", unread: Uint8Array.from(Buffer.from("p123")) }]);
  });
});

test("mistakes of the shell are not the peer's", () => {
  expect(() => step({ type: "over" }, data(SSL))).toThrow(/over/);
  expect(() => step(opening("required"), secured())).toThrow(/handshake/);
});
