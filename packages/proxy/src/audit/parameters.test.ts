import { recordLimits } from "@postern/core/audit/record";
import { expect, test } from "vitest";
import { recordParameters } from "./parameters.ts";

const values = [Buffer.from("a"), null, Buffer.from([0, 255])];

test("without formats all values are text, with one it is that of all, else each has its own", () => {
  const formatsOf = (formats: number[]) =>
    recordParameters({ formats, values, types: [] }).map(({ format }) => format);
  expect(formatsOf([])).toEqual(["text", "text", "text"]);
  expect(formatsOf([1])).toEqual(["binary", "binary", "binary"]);
  expect(formatsOf([0, 0, 1])).toEqual(["text", "text", "binary"]);
});

test("binary values are base64, NULL is null, types are told where the client prescribed them", () => {
  expect(recordParameters({ formats: [0, 0, 1], values, types: [25, 0] })).toEqual([
    { format: "text", value: "a", oid: 25 },
    { format: "text", value: null },
    { format: "binary", value: "AP8=" },
  ]);
});

test("long values are cut each, and to nothing when all together are too long", () => {
  const long = Buffer.alloc(recordLimits.parameterBytes + 1, "x");
  const many = Array.from({ length: 20 }, () => long);
  const recorded = recordParameters({ formats: [], values: many, types: [] });
  expect(recorded[0]?.value).toHaveLength(recordLimits.parameterBytes);
  expect(recorded[0]?.cut?.bytes).toBe(long.length);
  expect(recorded.at(-1)).toMatchObject({ value: "", cut: { bytes: long.length } });
});
