import { createHash } from "node:crypto";
import { recordLimits } from "@postern/core/audit/record";
import { EMPTY } from "@postern/wire/bytes";
import type { Value } from "@postern/wire/messages/lists";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parametersOf, recordValues, ValuesRecorder } from "./parameters.ts";

const values = [Buffer.from("a"), null, Buffer.from([0, 255])];

test("without formats all values are text, with one it is that of all, else each has its own", () => {
  const formatsOf = (formats: number[]) => recordValues(formats, values).values.map(({ format }) => format);
  expect(formatsOf([])).toEqual(["text", "text", "text"]);
  expect(formatsOf([1])).toEqual(["binary", "binary", "binary"]);
  expect(formatsOf([0, 0, 1])).toEqual(["text", "text", "binary"]);
});

test("binary values are base64, NULL is null, types are told where the client prescribed them", () => {
  expect(parametersOf(recordValues([0, 0, 1], values), [25, 0])).toEqual([
    { format: "text", value: "a", oid: 25 },
    { format: "text", value: null },
    { format: "binary", value: "AP8=" },
  ]);
});

test("long values are cut each, and to nothing when all together are too long", () => {
  const long = Buffer.alloc(recordLimits.parameterBytes + 1, "x");
  const many = Array.from({ length: 20 }, () => long);
  const recorded = recordValues([], many).values;
  expect(recorded[0]?.value).toHaveLength(recordLimits.parameterBytes);
  expect(recorded[0]?.cut?.bytes).toBe(long.length);
  expect(recorded.at(-1)).toMatchObject({ value: "", cut: { bytes: long.length } });
});

/** As Bind carries them. */
function listed(values: readonly Value[]): Buffer {
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value?.length ?? -1);
    return value === null ? [length] : [length, value];
  });
  return Buffer.concat(parts);
}

test("what no record could hold is proven by one hash, and no value before it is hidden by that", () => {
  const many = Array.from({ length: 65_535 }, (_, index) =>
    index % 7 === 0 ? null : Buffer.from(`value ${index}`),
  );
  const parameters = parametersOf(
    recordValues([], many),
    Array.from({ length: 65_535 }, () => 25),
  );
  const shown = parameters.length - 1;
  expect(shown).toBeGreaterThan(5_000);
  expect(Buffer.byteLength(JSON.stringify(parameters))).toBeLessThan(recordLimits.chunkBytes * 0.75);
  const rest = listed(many.slice(shown));
  const sha256 = createHash("sha256").update(rest).digest("hex");
  expect(parameters.at(-1)).toEqual({ format: "binary", value: "", cut: { bytes: rest.length, sha256 } });
});

test("the value with which it became too much is proven by itself", () => {
  const blown = Array.from({ length: 7 }, () => Buffer.alloc(recordLimits.parameterBytes, 1));
  const { values, rest } = recordValues([], blown);
  const sha256 = createHash("sha256")
    .update(blown[0] ?? "")
    .digest("hex");
  expect(values.at(-1)).toEqual({
    format: "text",
    value: "",
    cut: { bytes: recordLimits.parameterBytes, sha256 },
  });
  expect(rest?.cut?.bytes).toBe((blown.length - values.length) * (recordLimits.parameterBytes + 4));
});

test("values that come in pieces are recorded as if they had come at once", () => {
  const size = fc.oneof(fc.nat(20), fc.integer({ min: 65_530, max: 200_000 }));
  const value = fc.option(fc.tuple(size, fc.constantFrom(1, 0x61, 0xc3)));
  const property = fc.property(
    fc.array(value, { maxLength: 40 }),
    fc.integer({ min: 1, max: 70_000 }),
    (made, cut) => {
      const values = made.map((each) => each && Buffer.alloc(each[0], each[1]));
      const recorder = new ValuesRecorder([]);
      for (const each of values) {
        recorder.begin(each?.length ?? null);
        const length = each?.length ?? 0;
        for (let at = 0; at < length; at += cut) recorder.bytes(each?.subarray(at, at + cut) ?? EMPTY);
      }
      expect(recorder.finish()).toEqual(recordValues([], values));
    },
  );
  expect(() => fc.assert(property, { numRuns: 30 })).not.toThrow();
});
