import { expect, test } from "vitest";
import { createTotpSecret, TotpCode, TotpSecret, totpPeriodOf, totpUri } from "./totp.ts";

/** "12345678901234567890", the secret of RFC 6238's appendix B. */
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

test.each([
  [59, "287082", 1],
  [1_111_111_109, "081804", 37_037_036],
  [1_234_567_890, "005924", 41_152_263],
  [2_000_000_000, "279037", 66_666_666],
  [20_000_000_000, "353130", 666_666_666],
])("at %d s the code is %s, as RFC 6238's test vectors have it", (seconds, code, period) => {
  expect(totpPeriodOf(secret, code, seconds * 1000)).toBe(period);
});

test("the codes just before and after are right, those further off are not", () => {
  const at = (seconds: number) => totpPeriodOf(secret, "287082", seconds * 1000);
  expect([29, 30, 59, 60, 89].map(at)).toEqual([1, 1, 1, 1, 1]);
  expect([90, 120, 3600].map(at)).toEqual([undefined, undefined, undefined]);
});

test("a wrong code is none, of whatever length", () => {
  for (const code of ["", "000000", "28708", "2870820", "28708２"])
    expect(totpPeriodOf(secret, code, 59_000)).toBeUndefined();
});

test("a new secret has the 160 bits that it was given", () => {
  const made = createTotpSecret(() => new TextEncoder().encode("12345678901234567890"));
  expect(made).toBe(secret);
  const pooled = new TextEncoder().encode("--12345678901234567890--").subarray(2, 22);
  expect(createTotpSecret(() => pooled)).toBe(secret); // and nothing of what lies around them
  expect(TotpSecret.safeParse(made).success).toBe(true);
});

test("a short secret, one in lower case and what isn't six digits are refused", () => {
  for (const bad of ["", secret.slice(1), secret.toLowerCase(), `${secret}=`, `${secret}1`, `1${secret}`])
    expect(TotpSecret.safeParse(bad).success).toBe(false);
  for (const bad of ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"])
    expect(TotpCode.safeParse(bad).success).toBe(false);
});

test("the URI names cluster and user, escaped", () => {
  const uri = new URL(totpUri(secret, { user: "a@b c", cluster: "prod:1" }));
  expect(uri.href).toMatch(/^otpauth:\/\/totp\/Postern%20prod%3A1:a%40b%20c\?/);
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: "Postern prod:1",
    secret,
    algorithm: "SHA1",
    digits: "6",
    period: "30",
  });
});
