import { expect, test } from "vitest";
import { errorField, errorResponse, protocolErrorResponse } from "./error-response.ts";
import { ProtocolError } from "./errors.ts";
import { encodeBackend } from "./messages/backend.ts";
import { SQLSTATE } from "./sqlstate.ts";

test("severity, its fixed form, code and message are always there", () => {
  const response = errorResponse({ severity: "FATAL", code: "28000", message: "no" });
  expect(response.fields.map(({ letter, value }) => letter + value.utf8)).toEqual([
    "SFATAL",
    "VFATAL",
    "C28000",
    "Mno",
  ]);
});

test("detail and hint follow where they are given", () => {
  const response = errorResponse({ severity: "ERROR", code: "42501", message: "m", detail: "d", hint: "h" });
  expect(errorField(response, "D")).toBe("d");
  expect(errorField(response, "H")).toBe("h");
  expect(errorField(response, "P")).toBeUndefined();
});

test("a refusal does not fail over the text that it quotes", () => {
  const response = errorResponse({ severity: "FATAL", code: "28000", message: "user `a\0b\ud800`" });
  expect(() => encodeBackend(response)).not.toThrow();
  expect(errorField(response, "M")).toBe("user `ab\ufffd`");
});

test("a broken protocol ends the session with the error's own SQLSTATE", () => {
  const fatal = protocolErrorResponse(new ProtocolError("version.unsupported", "no"));
  expect(errorField(fatal, "S")).toBe("FATAL");
  expect(errorField(fatal, "C")).toBe("0A000");
});

test("every SQLSTATE has five characters of the manual's alphabet, and none stands twice", () => {
  const codes = Object.values(SQLSTATE);
  for (const code of codes) expect(code).toMatch(/^[0-9A-Z]{5}$/);
  expect(new Set(codes).size).toBe(codes.length);
});
