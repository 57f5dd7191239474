import { Fault } from "@postern/core/fault";
import { CommanderError } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ExitError, exitCode, report, UsageError } from "./failure.ts";
import { ServerError } from "./sql/server-error.ts";

const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
afterEach(() => stderr.mockClear());

function said(error: unknown): string {
  report(error);
  return stderr.mock.calls.map(([text]) => String(text)).join("");
}

test.each([
  ["a refusal", new Fault("access.denied", "no"), 1],
  ["a failed statement", new ServerError("no", "22012"), 1],
  ["a statement that isn't right", new ServerError("no", "42703"), 8],
  ["a bug", new TypeError("x is not a function"), 1],
  ["wrong usage", new UsageError("no"), 2],
  ["what commander refuses", new CommanderError(1, "commander.unknownOption", "no"), 2],
  ["help", new CommanderError(0, "commander.helpDisplayed", ""), 0],
  ["a signal", new ExitError(143), 143],
])("%s ends with its exit code", (_, error, code) => {
  expect(exitCode(error)).toBe(code);
});

describe("on stderr", () => {
  test("a refusal says why, under which decision, and what to do", () => {
    const fault = new Fault("access.denied", "no access", { decision_id: "de_1", hint: "ask" });
    expect(said(fault)).toBe("error: no access\ndecision: de_1\nhint: ask\n");
  });

  test("issues are named once, be it by the message or below it", () => {
    const issues = [{ path: "spec.roles", message: "no such role" }];
    expect(said(new Fault("input.invalid", "the user can't be", { issues }))).toBe(
      "error: the user can't be\n  spec.roles: no such role\n",
    );
    stderr.mockClear();
    const message = "role.yaml:3:1: spec.roles: no such role";
    expect(said(new Fault("input.invalid", message, { issues }))).toBe(`error: ${message}\n`);
  });

  test("an ErrorResponse is shown with all that it says", () => {
    const error = new ServerError("no", "28000", { detail: "because", hint: "do" });
    expect(said(error)).toBe("error: no (SQLSTATE 28000)\ndetail: because\nhint: do\n");
  });

  test("nothing of it can move the cursor", () => {
    const fault = new Fault("access.denied", "\x1b[2Jno", { hint: "\x9b2J" });
    expect(said(fault)).toBe("error: \\u001b[2Jno\nhint: \\u009b2J\n");
  });

  test("what was said already isn't said again", () => {
    expect(said(new ExitError(1))).toBe("");
    expect(said(new CommanderError(1, "commander.unknownOption", "no"))).toBe("");
  });
});
