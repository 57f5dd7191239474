import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Key, Value } from "../port.ts";
import { type Context, character, ownPartition, put } from "./context.ts";

const HOSTILE = [
  "' OR 1=1 --",
  '"; DROP TABLE item; --',
  "a#b",
  "%23",
  "\u0000",
  ":pk",
  "\u202eevil",
  "e\u0301",
  "é",
  "__proto__",
  "\n\r\t",
  "😀".repeat(50),
];

export function valueContract({ opened }: Context): void {
  describe("keys and values", () => {
    test("hostile keys are keys like any other, in either place", async () => {
      const { store } = opened();
      const own = ownPartition();
      const keys: Key[] = HOSTILE.flatMap((text) => [
        { pk: own + text, sk: "sk" },
        { pk: own, sk: text },
      ]);
      await store.commit(keys.map((key, i) => put(key, { i }, { condition: { type: "absent" } })));
      for (const [i, key] of keys.entries()) {
        expect(await store.get(key)).toEqual({ key, value: { i }, version: 1 });
      }
      expect((await store.query({ pk: own, limit: 100 })).items).toHaveLength(HOSTILE.length);
    });

    test("pk and sk are two things, however they read together", async () => {
      const { store } = opened();
      const own = ownPartition();
      await store.commit([put({ pk: `${own}a`, sk: "b" }, {})]);
      expect(await store.get({ pk: own, sk: "ab" })).toBeUndefined();
    });

    test("any two keys are one only when they are the same text", async () => {
      const { store } = opened();
      const text = fc.string({ unit: character, minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 10 }), async (sks) => {
          const pk = ownPartition();
          await store.commit(sks.map((sk, i) => put({ pk, sk }, { i }, { condition: { type: "absent" } })));
          const items = await Promise.all(sks.map(async (sk) => await store.get({ pk, sk })));
          expect(items.map((item) => item?.value["i"])).toEqual(sks.map((_, i) => i));
        }),
        { numRuns: 30 },
      );
    });

    test("any JSON object comes back as it went in", async () => {
      const { store } = opened();
      const pk = ownPartition();
      const value = fc.dictionary(fc.string({ unit: character }), fc.jsonValue({ stringUnit: character }));
      await fc.assert(
        fc.asyncProperty(value, async (generated) => {
          const text = JSON.stringify(generated);
          const key = { pk, sk: "value" };
          await store.commit([put(key, JSON.parse(text) as Value)]); // what JSON.parse gives is JSON
          expect(JSON.stringify((await store.get(key))?.value)).toBe(text);
        }),
        { numRuns: 60 },
      );
    });

    test("what a database's own types would bend comes back as it went in", async () => {
      const { store } = opened();
      const key = { pk: ownPartition(), sk: "value" };
      const deep = Array.from({ length: 200 }).reduce<Value>((inner) => ({ inner }), {});
      const value: Value = {
        big: 1e300,
        tiny: 5e-324,
        exact: Number.MAX_SAFE_INTEGER,
        empty: "",
        lone: "\ud800",
        nul: "\u0000",
        deep,
      };
      await store.commit([put(key, value)]);
      expect((await store.get(key))?.value).toEqual(value);
    });

    test.each([0, 1, 255, 70_000])(
      "%i bytes come back, from a view into a larger buffer, too",
      async (length) => {
        const { store } = opened();
        const key = { pk: ownPartition(), sk: "bytes" };
        const larger = Uint8Array.from({ length: length + 20 }, (_, i) => i % 256);
        const bytes = larger.subarray(10, 10 + length);
        await store.commit([put(key, {}, { bytes })]);
        const item = await store.get(key);
        expect(item?.bytes).toBeInstanceOf(Uint8Array);
        expect(Buffer.compare(item?.bytes ?? new Uint8Array(1), bytes)).toBe(0);
        const page = await store.query({ pk: key.pk, limit: 1 });
        expect(Buffer.compare(page.items[0]?.bytes ?? new Uint8Array(1), bytes)).toBe(0);
      },
    );
  });
}
