import { CString } from "@postern/wire/cstring";
import { ProtocolError } from "@postern/wire/errors";
import { expect, test } from "vitest";
import { nameKey } from "./name-key.ts";

test("names are told apart by as much as PostgreSQL keeps of them", () => {
  const key = (text: string) => nameKey(CString.from(text));
  expect(key(`${"x".repeat(63)}a`)).toBe(key(`${"x".repeat(63)}b`));
  expect(key(`${"x".repeat(62)}a`)).not.toBe(key(`${"x".repeat(62)}b`));
  expect(key("")).toBe("");
});

test("a name that another encoding could make another's is refused", () => {
  expect(() => nameKey(CString.from("ä"))).toThrow(ProtocolError);
});
