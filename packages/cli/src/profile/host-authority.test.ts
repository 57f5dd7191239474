import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createAuthority } from "../test-support/authority.ts";
import { checkAuthorities, fingerprint } from "./host-authority.ts";

let first: string;
let second: string;
const url = "https://postern.example.com";

beforeAll(async () => {
  [first = "", second = ""] = await Promise.all(
    ["first", "second"].map(async (name) => (await createAuthority(name)).certificate),
  );
});

test("a fingerprint is the one that other tools show", () => {
  const shown = new X509Certificate(first).fingerprint256.replaceAll(":", "").toLowerCase();
  expect(fingerprint(first)).toBe(shown);
});

describe("the authorities of a server", () => {
  const changed = expect.objectContaining({ code: "auth.invalid" }) as Error;

  test("are taken at the first login, and may be rotated by announcing the new one", () => {
    expect(() => checkAuthorities(url, [], [first])).not.toThrow();
    expect(() => checkAuthorities(url, [first], [first])).not.toThrow();
    expect(() => checkAuthorities(url, [first], [second, first])).not.toThrow();
    expect(() => checkAuthorities(url, [first, second], [second])).not.toThrow();
  });

  test("are refused where all of them are new, or none are left", () => {
    expect(() => checkAuthorities(url, [first], [second])).toThrow(changed);
    expect(() => checkAuthorities(url, [first], [])).toThrow(changed);
  });

  test("of this machine may be new: it is said on stderr", () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(() => checkAuthorities("http://localhost:3080", [first], [second])).not.toThrow();
    expect(said).toHaveBeenCalledOnce();
    said.mockRestore();
  });
});
