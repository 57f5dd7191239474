import { describe, expect, test } from "vitest";
import { UsageError } from "./failure.ts";
import { isLoopback, parseServerUrl } from "./server-url.ts";

describe("a server's address", () => {
  test.each([
    ["localhost:3080", "http://localhost:3080"],
    ["127.0.0.1:3080", "http://127.0.0.1:3080"],
    ["[::1]:3080", "http://[::1]:3080"],
    ["http://localhost:3080/", "http://localhost:3080"],
    ["https://localhost:3080", "https://localhost:3080"],
    ["postern.example.com", "https://postern.example.com"],
    ["Postern.Example.COM:443", "https://postern.example.com"],
    ["HTTPS://postern.example.com:8443", "https://postern.example.com:8443"],
  ])("%s is %s", (text, origin) => {
    expect(parseServerUrl(text)).toBe(origin);
  });

  test.each([
    "http://postern.example.com",
    "http://10.0.0.1:3080",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://[::2]:3080",
  ])("%s is refused: plain http leaves this machine", (text) => {
    expect(() => parseServerUrl(text)).toThrow(UsageError);
  });

  test.each([
    "",
    "localhost:99999",
    "ftp://localhost",
    "file:///etc/passwd",
    "https://host/path",
    "https://host?query",
    "https://host#fragment",
    "https://alice:secret@host",
    "alice:secret@localhost:3080",
  ])("`%s` is none, and isn't quoted", (text) => {
    expect(() => parseServerUrl(text)).toThrow(UsageError);
    expect(() => parseServerUrl(text)).not.toThrow("secret");
  });
});

test("names that only look like this machine's are other machines", () => {
  expect(isLoopback("http://localhost:1")).toBe(true);
  expect(isLoopback("http://localhost.example.com")).toBe(false);
  expect(isLoopback("http://127.0.0.2")).toBe(false);
});
