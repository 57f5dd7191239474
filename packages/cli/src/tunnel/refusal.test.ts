import { Fault } from "@postern/core/fault";
import { expect, test } from "vitest";
import { encodeRefusal } from "./refusal.ts";

/** The fields of an ErrorResponse, by their letters. */
function fieldsOf(message: Buffer): Record<string, string> {
  expect(message.toString("latin1", 0, 1)).toBe("E");
  expect(message.readInt32BE(1)).toBe(message.length - 1);
  expect(message.subarray(-2)).toEqual(Buffer.from([0, 0]));
  const fields = message.subarray(5, -2).toString().split("\0");
  return Object.fromEntries(fields.map((field) => [field.slice(0, 1), field.slice(1)]));
}

test.each([
  ["access.denied", "28000"],
  ["auth.expired", "28000"],
  ["service.unavailable", "08006"],
] as const)("%s is an ErrorResponse with %s and the hint", (code, sqlstate) => {
  const message = Buffer.from(encodeRefusal(new Fault(code, "why", { hint: "do" })));
  expect(fieldsOf(message)).toEqual({ S: "FATAL", V: "FATAL", C: sqlstate, M: "why", H: "do" });
});

test("a NUL in a text ends no field", () => {
  const message = Buffer.from(encodeRefusal(new Error("a\0Mb")));
  expect(fieldsOf(message)).toEqual({ S: "FATAL", V: "FATAL", C: "08006", M: "aMb" });
});
