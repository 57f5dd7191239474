import { describe, expect, test } from "vitest";
import { absent, type Context, fakeClock, none, ownPartition, present, put } from "./context.ts";

export function commitContract({ opened, open }: Context): void {
  describe("commits", () => {
    test("all writes of a commit are there afterwards", async () => {
      const { store } = opened();
      const pk = ownPartition();
      await store.commit([put({ pk, sk: "gone" }, {}), put({ pk, sk: "witness" }, {})]);

      const result = await store.commit([
        put({ pk, sk: "a" }, { n: 1 }, { condition: absent }),
        put({ pk: `${pk}-other`, sk: "b" }, { n: 2 }, { condition: absent }),
        { type: "delete", key: { pk, sk: "gone" }, condition: present },
        { type: "check", key: { pk, sk: "witness" }, condition: { type: "version", version: 1 } },
      ]);

      expect(result).toEqual({ type: "committed" });
      expect(await store.get({ pk: `${pk}-other`, sk: "b" })).toMatchObject({ value: { n: 2 }, version: 1 });
      const { items } = await store.query({ pk, limit: 10 });
      expect(items.map(({ key, version }) => [key.sk, version])).toEqual([
        ["a", 1],
        ["witness", 1],
      ]);
    });

    test("one failed condition anywhere leaves nothing of a commit behind", async () => {
      const { store } = opened();
      const pk = ownPartition();
      await store.commit([put({ pk, sk: "kept" }, { was: "here" })]);

      const result = await store.commit([
        put({ pk, sk: "new" }, {}, { condition: absent }),
        { type: "delete", key: { pk, sk: "kept" }, condition: present },
        { type: "check", key: { pk, sk: "missing" }, condition: present },
      ]);

      expect(result).toEqual({ type: "conflict", index: 2 });
      const { items } = await store.query({ pk, limit: 10 });
      expect(items.map(({ key }) => key.sk)).toEqual(["kept"]);
    });

    test("a conflict names the first write that failed and the whole item that stood there", async () => {
      const { store } = opened();
      const pk = ownPartition();
      const bytes = Uint8Array.of(1, 2, 3);
      await store.commit([put({ pk, sk: "b" }, { standing: "b" }, { bytes }), put({ pk, sk: "c" }, {})]);

      const result = await store.commit([
        put({ pk, sk: "a" }, {}, { condition: absent }),
        put({ pk, sk: "b" }, {}, { condition: absent }),
        put({ pk, sk: "c" }, {}, { condition: absent }),
      ]);

      const item = { key: { pk, sk: "b" }, value: { standing: "b" }, bytes, version: 1 };
      expect(result).toEqual({ type: "conflict", index: 1, item });
    });

    test("a put replaces the whole item, with its bytes and its expiry, and counts the version", async () => {
      const { store } = opened();
      const key = { pk: ownPartition(), sk: "item" };
      const first = { bytes: Uint8Array.of(1), expiresAt: Date.UTC(2031, 0, 1) };
      await store.commit([put(key, { a: 1 }, { ...first, condition: absent })]);
      expect(await store.get(key)).toEqual({ key, value: { a: 1 }, ...first, version: 1 });

      await store.commit([put(key, { b: 2 }, { condition: { type: "version", version: 1 } })]);
      expect(await store.get(key)).toEqual({ key, value: { b: 2 }, version: 2 });

      await store.commit([put(key, { c: 3 }, { condition: present })]);
      await store.commit([put(key, { d: 4 }, { condition: none })]);
      expect(await store.get(key)).toEqual({ key, value: { d: 4 }, version: 4 });
    });

    test("a closed store says so", async () => {
      const { store } = await open(fakeClock());
      await store.close();
      await store.close();
      const key = { pk: "a", sk: "b" };
      await expect(store.get(key)).rejects.toMatchObject({ code: "store.closed" });
      await expect(store.query({ pk: "a", limit: 1 })).rejects.toMatchObject({ code: "store.closed" });
      await expect(store.commit([put(key, {})])).rejects.toMatchObject({ code: "store.closed" });
    });
  });
}
