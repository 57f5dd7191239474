import { expect, test } from "vitest";
import { CString } from "../../cstring.ts";
import { parseCommandTag } from "./command-complete.ts";

test.each([
  ["SELECT 5", "SELECT", 5],
  ["INSERT 0 5", "INSERT", 5],
  ["INSERT 16403 1", "INSERT", 1],
  ["COPY 0", "COPY", 0],
  ["MERGE 12", "MERGE", 12],
  ["CREATE TABLE", "CREATE TABLE", undefined],
  ["REFRESH MATERIALIZED VIEW", "REFRESH MATERIALIZED VIEW", undefined],
  ["BEGIN", "BEGIN", undefined],
  ["", "", undefined],
  ["5", "5", undefined],
  ["SELECT 99999999999999999999", "SELECT", undefined],
])("the tag `%s` is command `%s` with %s rows", (tag, command, rows) => {
  expect(parseCommandTag(CString.from(tag))).toEqual({ command, rows });
});
