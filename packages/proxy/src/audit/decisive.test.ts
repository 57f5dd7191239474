import { expect, test } from "vitest";
import { isDecisive } from "./decisive.ts";

test.each([
  ["COPY t FROM stdin", true],
  ["/* \u00e4 */ prePare s as select 1", true],
  [";declare c cursor for select 1", true],
  ["select copyright from books", true],
  ["select 1", false],
])("%j: %s", (sql, expected) => {
  expect(isDecisive(Buffer.from(sql))).toBe(expected);
});
