import { describe, expect, test } from "vitest";
import { update } from "../update.ts";
import { absent, type Context, ownPartition, present, put } from "./context.ts";

const FIFTY = Array.from({ length: 50 }, (_, i) => i);

export function raceContract({ opened, clock, open }: Context): void {
  describe("races", () => {
    test("of 50 who spend a one-time token at once, exactly one succeeds", async () => {
      const stores = [opened().store, (await open(clock)).store];
      const pk = ownPartition();
      const token = { pk, sk: "token" };
      await opened().store.commit([put(token, {})]);

      const results = await Promise.all(
        FIFTY.map(
          async (i) =>
            await stores[i % 2]?.commit([
              { type: "delete", key: token, condition: present },
              put({ pk, sk: `session-${i}` }, { i }, { condition: absent }),
            ]),
        ),
      );

      const winners = FIFTY.filter((i) => results[i]?.type === "committed");
      expect(winners).toHaveLength(1);
      expect(results.filter((result) => result?.type === "conflict" && result.index === 0)).toHaveLength(49);
      const { items } = await opened().store.query({ pk, limit: 100 });
      expect(items.map(({ key }) => key.sk)).toEqual([`session-${winners[0]}`]);
    });

    test("of 50 who lease the same free slot at once, exactly one gets it, and all are told who", async () => {
      const { store } = opened();
      const slot = { pk: ownPartition(), sk: "slot" };
      await store.commit([put(slot, { holder: -1 }, { expiresAt: clock.now() })]);

      const results = await Promise.all(
        FIFTY.map(async (holder) => await store.commit([put(slot, { holder }, { condition: absent })])),
      );

      const winners = FIFTY.filter((i) => results[i]?.type === "committed");
      expect(winners).toHaveLength(1);
      const told = results.flatMap((result) =>
        result.type === "conflict" ? [result.item?.value["holder"]] : [],
      );
      expect(told).toEqual(Array.from({ length: 49 }, () => winners[0]));
    });

    test("optimistic updates at once lose no increment", async () => {
      const stores = [opened().store, (await open(clock)).store];
      const counter = { pk: ownPartition(), sk: "counter" };

      await Promise.all(
        FIFTY.slice(0, 20).map(async (i) => {
          const store = stores[i % 2] ?? opened().store;
          await update(store, counter, (item) => ({ value: { uses: Number(item?.value["uses"] ?? 0) + 1 } }));
        }),
      );

      expect(await opened().store.get(counter)).toMatchObject({ value: { uses: 20 }, version: 20 });
    });
  });
}
