/** The limits in figures: each is tried on both sides, so that what is accepted is known to fit the backend. */
import { describe, expect, test } from "vitest";
import { StoreError } from "../error.ts";
import type { Json, QueryRange, Value, Write } from "../port.ts";
import { absent, type Context, ownPartition, put } from "./context.ts";

/** A put whose key, value and bytes come to `size` bytes with the 100 that its attributes are counted as. */
function sized(pk: string, sk: string, size: number): Write {
  const bytes = new Uint8Array(size - 100 - pk.length - sk.length - "{}".length).fill(7);
  return put({ pk, sk }, {}, { bytes, condition: absent, expiresAt: Number.MAX_SAFE_INTEGER });
}

export function limitContract({ opened }: Context): void {
  /** `committed`, `conflict`, or the code of the refusal. */
  const outcome = async (writes: readonly Write[]): Promise<string> => {
    try {
      return (await opened().store.commit(writes)).type;
    } catch (error) {
      return error instanceof StoreError ? error.code : String(error);
    }
  };

  describe("limits", () => {
    test("a commit has 1 to 100 writes", async () => {
      const pk = ownPartition();
      const writes = Array.from({ length: 101 }, (_, i) => put({ pk, sk: String(i) }, {}));
      expect(await outcome([])).toBe("store.commit-invalid");
      expect(await outcome(writes)).toBe("store.commit-invalid");
      expect(await opened().store.query({ pk, limit: 1 })).toEqual({ items: [] });
      expect(await outcome(writes.slice(0, 100))).toBe("committed");
    });

    test("a commit writes a key at most once", async () => {
      const pk = ownPartition();
      const key = { pk, sk: "twice" };
      expect(await outcome([put(key, {}), { type: "check", key, condition: { type: "present" } }])).toBe(
        "store.commit-invalid",
      );
      expect(await outcome([put({ pk: `${pk}x`, sk: "y" }, {}), put({ pk, sk: "xy" }, {})])).toBe(
        "committed",
      );
    });

    test("an item has at most 400 000 bytes", async () => {
      const pk = ownPartition();
      expect(await outcome([sized(pk, "item", 400_001)])).toBe("store.item-too-large");
      expect(await outcome([sized(pk, "item", 400_000)])).toBe("committed");
    });

    test("a value counts in UTF-8 bytes of its JSON", async () => {
      const key = { pk: ownPartition(), sk: "item" };
      expect(await outcome([put(key, { text: "é".repeat(200_000) })])).toBe("store.item-too-large");
      expect(await outcome([put(key, { text: "é".repeat(199_900) })])).toBe("committed");
    });

    test("a commit has at most 4 000 000 bytes", async () => {
      const pk = ownPartition();
      const ten = Array.from({ length: 10 }, (_, i) => sized(pk, String(i), 400_000));
      const check: Write = { type: "check", key: { pk, sk: "not there" }, condition: absent };
      expect(await outcome([...ten, check])).toBe("store.commit-too-large");
      expect(await outcome(ten)).toBe("committed");
    });

    test("a partition key has 1 to 2048 bytes, a sort key 1 to 1024", async () => {
      const own = ownPartition();
      const pk = own + "é".repeat((2048 - own.length) / 2) + (own.length % 2 ? "x" : "");
      expect(await outcome([put({ pk, sk: "é".repeat(512) }, {})])).toBe("committed");
      expect(await outcome([put({ pk: `${pk}x`, sk: "a" }, {})])).toBe("store.key-invalid");
      expect(await outcome([put({ pk: own, sk: `${"é".repeat(512)}x` }, {})])).toBe("store.key-invalid");
      expect(await outcome([put({ pk: "", sk: "a" }, {})])).toBe("store.key-invalid");
      expect(await outcome([put({ pk: own, sk: "" }, {})])).toBe("store.key-invalid");
      await expect(opened().store.get({ pk: own, sk: "" })).rejects.toMatchObject({
        code: "store.key-invalid",
      });
    });

    test("a key is well-formed Unicode: two lone surrogates must not become one key", async () => {
      const pk = ownPartition();
      expect(await outcome([put({ pk, sk: "\ud800" }, {})])).toBe("store.key-invalid");
      expect(await outcome([put({ pk: "\udfff", sk: "a" }, {})])).toBe("store.key-invalid");
      await expect(opened().store.get({ pk, sk: "\ud800" })).rejects.toMatchObject({
        code: "store.key-invalid",
      });
    });

    test.each<[string, unknown]>([
      ["NaN", Number.NaN],
      ["Infinity", Number.POSITIVE_INFINITY],
      ["undefined", undefined],
    ])("a value with %s in it is refused, not changed", async (_, part) => {
      const value: Value = { deep: [{ part: part as Json }] }; // a caller that evades the types
      expect(await outcome([put({ pk: ownPartition(), sk: "a" }, value)])).toBe("store.value-invalid");
    });

    test.each([-1, 1.5, Number.NaN, 2 ** 53])("%d is no expiry and no version", async (number) => {
      const key = { pk: ownPartition(), sk: "a" };
      expect(await outcome([put(key, {}, { expiresAt: number })])).toBe("store.value-invalid");
      expect(await outcome([put(key, {}, { condition: { type: "version", version: number } })])).toBe(
        "store.value-invalid",
      );
    });

    test.each<Partial<QueryRange>>([
      { limit: 0 },
      { limit: 1001 },
      { limit: 1.5 },
      { from: "x".repeat(1025) },
      { to: "\ud800" },
      { after: "x".repeat(1025) },
      { prefix: "x".repeat(1024) },
    ])("a query with %o is refused", async (range) => {
      const query = opened().store.query({ pk: ownPartition(), limit: 1, ...range });
      await expect(query).rejects.toMatchObject({ code: "store.range-invalid" });
    });

    test("the longest bounds work", async () => {
      const { store } = opened();
      const pk = ownPartition();
      const longest = `${"x".repeat(1023)}\u007f`;
      expect(await outcome([put({ pk, sk: longest }, {})])).toBe("committed");
      expect((await store.query({ pk, limit: 1, from: longest })).items).toHaveLength(1);
      expect((await store.query({ pk, limit: 1, prefix: "x".repeat(1023) })).items).toHaveLength(1);
      expect((await store.query({ pk, limit: 1, prefix: `${"x".repeat(1022)}\u007f` })).items).toHaveLength(
        0,
      );
      expect((await store.query({ pk, limit: 1, after: longest })).items).toHaveLength(0);
      expect((await store.query({ pk, limit: 1, after: longest, reverse: true })).items).toHaveLength(0);
      expect((await store.query({ pk, limit: 1000 })).items).toHaveLength(1);
    });
  });
}
