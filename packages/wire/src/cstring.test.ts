import { expect, test } from "vitest";
import { CString } from "./cstring.ts";

const LATIN1 = Uint8Array.of(0x67, 0x72, 0xf6); // "grö"

test("text goes in and out as UTF-8", () => {
  expect(CString.from("größe").utf8).toBe("größe");
  expect(CString.from("größe").strictUtf8).toBe("größe");
  expect(CString.from("größe").bytes).toHaveLength(7);
});

test("bytes of another encoding stay as they came", () => {
  expect(new CString(LATIN1).bytes).toBe(LATIN1);
  expect(new CString(LATIN1).utf8).toBe("gr\ufffd");
  expect(() => new CString(LATIN1).strictUtf8).toThrow(
    expect.objectContaining({ code: "string.encoding", sqlstate: "22021" }),
  );
});

test("strings that look alike have different keys", () => {
  const other = new CString(Uint8Array.of(0x67, 0x72, 0xfc));
  expect(other.utf8).toBe(new CString(LATIN1).utf8);
  expect(other.key).not.toBe(new CString(LATIN1).key);
});

test("a key comes from the view, not from the buffer behind it", () => {
  const pool = Uint8Array.of(0x78, 0x61, 0x62, 0x78);
  expect(new CString(pool.subarray(1, 3)).key).toBe("ab");
});

test("a byte order mark is content", () => {
  expect(CString.from("\ufeffx").utf8).toBe("\ufeffx");
  expect(CString.from("\ufeffx").strictUtf8).toBe("\ufeffx");
});

test("a NUL inside would end the string early and is refused", () => {
  expect(() => CString.from("a\0b")).toThrow(expect.objectContaining({ code: "string.nul" }));
  expect(() => new CString(Uint8Array.of(0))).toThrow(expect.objectContaining({ code: "string.nul" }));
});
