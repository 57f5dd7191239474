import { describe, expect, test } from "vitest";
import { absent, type Context, ownPartition, present, put } from "./context.ts";

export function expiryContract({ opened, clock }: Context): void {
  describe("expiry", () => {
    test("an item is there until the millisecond of its expiry, and from then on for nobody", async () => {
      const { store } = opened();
      const key = { pk: ownPartition(), sk: "item" };
      const expiresAt = clock.now() + 1500;
      await store.commit([put(key, {}, { expiresAt })]);

      clock.advance(1499);
      expect(await store.get(key)).toEqual({ key, value: {}, version: 1, expiresAt });
      expect((await store.query({ pk: key.pk, limit: 1 })).items).toHaveLength(1);
      expect(await store.commit([{ type: "check", key, condition: present }])).toEqual({ type: "committed" });
      expect(await store.commit([put(key, {}, { condition: absent })])).toMatchObject({
        type: "conflict",
        item: { key },
      });

      clock.advance(1);
      expect(await store.get(key)).toBeUndefined();
      expect(await store.query({ pk: key.pk, limit: 1 })).toEqual({ items: [] });
      expect(await store.commit([{ type: "check", key, condition: present }])).toEqual({
        type: "conflict",
        index: 0,
      });
      expect(await store.commit([put(key, { again: true }, { condition: absent })])).toEqual({
        type: "committed",
      });
      expect(await store.get(key)).toEqual({ key, value: { again: true }, version: 1 });
    });

    test("expired items take no place in a page, however many there are", async () => {
      const { store } = opened();
      const pk = ownPartition();
      const expiresAt = clock.now() + 10;
      const sk = (i: number): string => String(i).padStart(3, "0");
      for (let start = 0; start < 300; start += 100) {
        await store.commit(
          Array.from({ length: 100 }, (_, i) =>
            put({ pk, sk: sk(start + i) }, {}, (start + i) % 60 === 59 ? {} : { expiresAt }),
          ),
        );
      }
      clock.advance(10);
      const page = await store.query({ pk, limit: 2 });
      expect(page).toMatchObject({ items: [{ key: { sk: "059" } }, { key: { sk: "119" } }], after: "119" });
      const rest = await store.query({ pk, limit: 10, after: "119" });
      expect(rest.items.map(({ key }) => key.sk)).toEqual(["179", "239", "299"]);
      expect(rest.after).toBeUndefined();
    });

    test("a put without expiry outlives the one that it replaces", async () => {
      const { store } = opened();
      const key = { pk: ownPartition(), sk: "item" };
      await store.commit([put(key, {}, { expiresAt: clock.now() + 10 })]);
      await store.commit([put(key, { kept: true }, { condition: present })]);
      clock.advance(10);
      expect(await store.get(key)).toMatchObject({ value: { kept: true }, version: 2 });
    });
  });
}
