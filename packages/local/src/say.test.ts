import { Fault } from "@postern/core/fault";
import { afterEach, expect, test, vi } from "vitest";
import { sayFailure } from "./say.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function said(error: unknown): string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  sayFailure(error);
  return write.mock.calls.map(([text]) => text).join("");
}

test("what was expected is told with what to do, and without a stack or a cause", () => {
  const fault = new Fault("input.invalid", "no such folder", { hint: "make it" }, new Error("secret"));
  expect(said(fault)).toBe("error: no such folder\nhint: make it\n");
});

test("the operating system's errors are told in its words", () => {
  const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(said(error)).toBe("error: ENOSPC: no space left on device, write\n");
});

test.each([
  new TypeError("x is not a function"),
  Object.assign(new Error("bad"), { code: "ERR_INVALID_ARG_TYPE" }),
])("our own mistakes are told with the place where they were made: %s", (error) => {
  expect(said(error)).toContain("say.test.ts");
});
