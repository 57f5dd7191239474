import { expect, test } from "vitest";
import { EMPTY } from "../bytes.ts";
import { CString } from "../cstring.ts";
import { errorField } from "../error-response.ts";
import { AUTHENTICATION_LIMIT } from "../frame.ts";
import { encodeFrontend } from "../messages/frontend.ts";
import { oneByOne, splitEverywhere } from "../test-support/frames.ts";
import { collectPassword, type PasswordStep } from "./password.ts";

const message = (password: string) =>
  encodeFrontend({ type: "PasswordMessage", password: CString.from(password) });

function collect(chunks: readonly Uint8Array[]): PasswordStep {
  let step: PasswordStep = { type: "partial", unread: EMPTY };
  for (const chunk of chunks) {
    if (step.type !== "partial") break;
    step = collectPassword(step.unread, chunk);
  }
  return step;
}

function refusal(chunks: readonly Uint8Array[]): string | undefined {
  const step = collect(chunks);
  return step.type === "refused" ? errorField(step.error, "C") : step.type;
}

test("a password comes whole, however it is cut", () => {
  const bytes = message("sésame");
  for (const chunks of [...splitEverywhere(bytes), oneByOne(bytes)]) {
    expect(collect(chunks)).toMatchObject({ type: "password", password: CString.from("sésame") });
  }
});

test("what follows the password is handed on", () => {
  const step = collect([Buffer.concat([message("x"), Buffer.from("Q")])]);
  expect(step).toMatchObject({ type: "password", unread: Uint8Array.from(Buffer.from("Q")) });
});

test("an IAM token fits, a longer thing than the limit is refused from its header", () => {
  expect(refusal([message("t".repeat(4000))])).toBe("password");
  const header = Buffer.from([0x70, 0, 0, 0, 0]);
  header.writeUInt32BE(AUTHENTICATION_LIMIT + 1, 1);
  expect(refusal([header])).toBe("54000");
});

test("an empty password is a wrong one", () => {
  expect(refusal([message("")])).toBe("28P01");
});

test("no other message may come in its place", () => {
  expect(refusal([encodeFrontend({ type: "Query", query: CString.from("select 1") })])).toBe("08P01");
  expect(refusal([encodeFrontend({ type: "Sync" })])).toBe("08P01");
});

test("bytes behind the NUL are refused, and not shown", () => {
  const bytes = Buffer.from("p\0\0\0\x0dse\0cret\0!", "latin1");
  const step = collect([bytes]);
  expect(refusal([bytes])).toBe("08P01");
  expect(JSON.stringify(step)).not.toContain("cret");
});
