import { describe, expect, test } from "vitest";
import type { Change, ChangeFeed } from "../port.ts";
import { absent, type Context, none, ownPartition, present, put } from "./context.ts";

/** Everything from a cursor on, in pages of `limit`. */
async function drain(
  feed: ChangeFeed,
  after?: string,
  limit = 1000,
): Promise<{ changes: Change[]; cursor: string }> {
  const changes: Change[] = [];
  let cursor = after;
  for (;;) {
    const page = await feed.changes(cursor, limit);
    changes.push(...page.changes);
    cursor = page.cursor;
    if (page.changes.length === 0) {
      return { changes, cursor };
    }
  }
}

export function feedContract({ opened, clock }: Context): void {
  describe("changes", () => {
    test("every write is a change with what stood before and after, in order", async () => {
      const { store, feed } = opened();
      const { cursor } = await drain(feed);
      const key = { pk: ownPartition(), sk: "item" };
      const bytes = Uint8Array.of(1, 2, 3);
      const expiresAt = clock.now() + 1000;

      await store.commit([put(key, { n: 1 }, { bytes, expiresAt, condition: absent })]);
      await store.commit([put(key, { n: 2 }, { condition: present })]);
      await store.commit([{ type: "delete", key, condition: present }]);

      const { changes } = await drain(feed, cursor);
      const first = { key, value: { n: 1 }, bytes, expiresAt, version: 1 };
      const second = { key, value: { n: 2 }, version: 2 };
      expect(changes.map(({ key, before, after }) => [key, before, after])).toEqual([
        [key, undefined, first],
        [key, first, second],
        [key, second, undefined],
      ]);
      expect(changes.every(({ at }) => at > Date.UTC(2020, 0, 1))).toBe(true);
    });

    test("what wrote nothing is no change: conflicts, checks, and deletes of nothing", async () => {
      const { store, feed } = opened();
      const pk = ownPartition();
      await store.commit([put({ pk, sk: "a" }, {})]);
      const { cursor } = await drain(feed);

      await store.commit([put({ pk, sk: "b" }, {}), put({ pk, sk: "a" }, {}, { condition: absent })]);
      await store.commit([{ type: "check", key: { pk, sk: "a" }, condition: present }]);
      await store.commit([{ type: "delete", key: { pk, sk: "c" }, condition: none }]);

      expect(await drain(feed, cursor)).toEqual({ changes: [], cursor });
    });

    test("an expired item that is replaced or removed shows as what stood before", async () => {
      const { store, feed } = opened();
      const key = { pk: ownPartition(), sk: "item" };
      await store.commit([put(key, { n: 1 }, { expiresAt: clock.now() })]);
      const { cursor } = await drain(feed);
      await store.commit([put(key, { n: 2 }, { condition: absent, expiresAt: clock.now() })]);
      await store.commit([{ type: "delete", key, condition: absent }]);
      const { changes } = await drain(feed, cursor);
      expect(changes.map(({ before, after }) => [before?.value["n"], after?.value["n"]])).toEqual([
        [1, 2],
        [2, undefined],
      ]);
    });

    test.each([1, 7, 1000])(
      "pages of %i give each change once, also those that come while reading",
      async (limit) => {
        const { store, feed } = opened();
        const pk = ownPartition();
        const { cursor } = await drain(feed);
        const sks = Array.from({ length: 20 }, (_, i) => String(i).padStart(2, "0"));
        await store.commit(sks.slice(0, 10).map((sk) => put({ pk, sk }, {})));
        const page = await feed.changes(cursor, limit);
        expect(page.changes).toHaveLength(Math.min(limit, 10));
        await store.commit(sks.slice(10).map((sk) => put({ pk, sk }, {})));
        const { changes } = await drain(feed, page.cursor, limit);
        const seen = [...page.changes, ...changes].map(({ key }) => key.sk);
        expect(seen.toSorted()).toEqual(sks);
        expect(seen.slice(0, 10).toSorted()).toEqual(sks.slice(0, 10));
      },
    );

    test("each change's own cursor goes on right after it", async () => {
      const { store, feed } = opened();
      const pk = ownPartition();
      const { cursor } = await drain(feed);
      await store.commit([put({ pk, sk: "a" }, {})]);
      await store.commit([put({ pk, sk: "b" }, {})]);
      const [first, second] = (await drain(feed, cursor)).changes;
      expect((await drain(feed, first?.cursor)).changes).toEqual([second]);
      expect((await drain(feed, second?.cursor)).changes).toEqual([]);
    });

    test.each(["999999999999", "99999999999999999999", "-1", "abc", "1.5", ""])(
      "a cursor %o that is not from here is refused, not taken for another",
      async (cursor) => {
        await expect(opened().feed.changes(cursor, 10)).rejects.toMatchObject({
          code: "store.changes-trimmed",
        });
      },
    );

    test.each([0, 1001, 1.5])("a limit of %d is refused", async (limit) => {
      await expect(opened().feed.changes(undefined, limit)).rejects.toMatchObject({
        code: "store.range-invalid",
      });
    });
  });
}
