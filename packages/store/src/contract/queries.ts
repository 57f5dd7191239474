import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { QueryRange, Store } from "../port.ts";
import { type Context, fill, ownPartition } from "./context.ts";

/** In UTF-8 byte order; in UTF-16 order U+10000 would come before U+E000. */
const IN_BYTE_ORDER = [
  "!",
  "A",
  "B",
  "a",
  "a\u0000",
  "a\u0000b",
  "aa",
  "b",
  "~",
  "\u007f",
  "é",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
];

const keysOf = async (store: Store, range: QueryRange): Promise<string[]> =>
  (await store.query(range)).items.map(({ key }) => key.sk);

export function queryContract({ opened }: Context): void {
  const filled = async (sks: readonly string[]): Promise<string> => {
    const pk = ownPartition();
    await fill(opened().store, pk, sks);
    return pk;
  };

  describe("queries", () => {
    test("sort keys come in the order of their UTF-8 bytes, both ways", async () => {
      const { store } = opened();
      const pk = await filled(IN_BYTE_ORDER.toReversed());
      expect(await keysOf(store, { pk, limit: 100 })).toEqual(IN_BYTE_ORDER);
      expect(await keysOf(store, { pk, limit: 100, reverse: true })).toEqual(IN_BYTE_ORDER.toReversed());
    });

    test("a query stays in its partition", async () => {
      const { store } = opened();
      const pk = await filled(["a"]);
      await fill(store, `${pk}0`, ["b"]);
      expect(await keysOf(store, { pk, limit: 10 })).toEqual(["a"]);
      expect(await keysOf(store, { pk: `${pk}-none`, limit: 10 })).toEqual([]);
    });

    test.each<[string, Omit<QueryRange, "pk" | "limit">, string[]]>([
      ["from includes", { from: "b" }, ["b", "b#1", "b#2", "c"]],
      ["to excludes", { to: "b" }, ["a"]],
      ["from and to", { from: "a", to: "c" }, ["a", "b", "b#1", "b#2"]],
      ["from and to meet", { from: "b", to: "b" }, []],
      ["from after to", { from: "c", to: "a" }, []],
      ["to before everything", { to: "" }, []],
      ["from the beginning", { from: "" }, ["a", "b", "b#1", "b#2", "c"]],
      ["prefix", { prefix: "b#" }, ["b#1", "b#2"]],
      ["prefix of itself", { prefix: "b" }, ["b", "b#1", "b#2"]],
      ["prefix of nothing", { prefix: "zz" }, []],
      ["empty prefix", { prefix: "" }, ["a", "b", "b#1", "b#2", "c"]],
      ["prefix and from", { prefix: "b", from: "b#2" }, ["b#2"]],
      ["prefix and to", { prefix: "b", to: "b#2" }, ["b", "b#1"]],
      ["prefix and a to beyond", { prefix: "b#", to: "z" }, ["b#1", "b#2"]],
      ["after excludes", { after: "b" }, ["b#1", "b#2", "c"]],
      ["after before from", { after: "a", from: "b#1" }, ["b#1", "b#2", "c"]],
      ["after at from", { after: "b#1", from: "b#1" }, ["b#2", "c"]],
      ["after behind to", { after: "c", to: "b" }, []],
      ["reverse after", { after: "b#1", reverse: true }, ["b", "a"]],
      ["reverse after and to", { after: "b#2", to: "b#1", reverse: true }, ["b", "a"]],
      ["reverse from", { from: "b#1", reverse: true }, ["c", "b#2", "b#1"]],
      ["reverse to", { to: "b#1", reverse: true }, ["b", "a"]],
      ["reverse prefix", { prefix: "b#", reverse: true }, ["b#2", "b#1"]],
    ])("bounds: %s", async (_, bounds, expected) => {
      const pk = await filled(["a", "b", "b#1", "b#2", "c"]);
      expect(await keysOf(opened().store, { pk, limit: 10, ...bounds })).toEqual(expected);
    });

    test("a prefix ends right, also before the surrogates and at the last code point", async () => {
      const { store } = opened();
      const sks = [
        "a",
        "a\u{10ffff}",
        "a\u{10ffff}z",
        "b",
        "\ud7ff",
        "\ud7ffz",
        "\ue000",
        "\u{10ffff}",
        "\u{10ffff}z",
      ];
      const pk = await filled(sks);
      expect(await keysOf(store, { pk, limit: 10, prefix: "a\u{10ffff}" })).toEqual([
        "a\u{10ffff}",
        "a\u{10ffff}z",
      ]);
      expect(await keysOf(store, { pk, limit: 10, prefix: "\ud7ff" })).toEqual(["\ud7ff", "\ud7ffz"]);
      expect(await keysOf(store, { pk, limit: 10, prefix: "\u{10ffff}" })).toEqual([
        "\u{10ffff}",
        "\u{10ffff}z",
      ]);
    });

    test("`after` is given exactly when more items follow", async () => {
      const { store } = opened();
      const pk = await filled(["a", "b", "c"]);
      expect(await store.query({ pk, limit: 2 })).toMatchObject({ after: "b" });
      expect(await store.query({ pk, limit: 3 })).not.toHaveProperty("after");
      expect(await store.query({ pk, limit: 2, to: "c" })).not.toHaveProperty("after");
      expect(await store.query({ pk, limit: 1, reverse: true })).toMatchObject({ after: "c" });
      expect(await store.query({ pk, limit: 1, reverse: true, after: "b" })).not.toHaveProperty("after");
    });

    test("paging repeats nothing and skips nothing, while items come and go", async () => {
      const { store } = opened();
      const pk = await filled(["b", "d", "f", "h"]);
      const first = await store.query({ pk, limit: 2 });
      expect(first).toMatchObject({ items: [{ key: { sk: "b" } }, { key: { sk: "d" } }], after: "d" });

      await fill(store, pk, ["a", "c", "e", "g"]);
      await store.commit([{ type: "delete", key: { pk, sk: "d" }, condition: { type: "present" } }]);

      expect(await keysOf(store, { pk, limit: 10, after: first.after ?? "" })).toEqual(["e", "f", "g", "h"]);
    });

    test("items larger together than DynamoDB's page of 1 MB come complete", async () => {
      const { store } = opened();
      const pk = ownPartition();
      const sks = ["a", "b", "c", "d", "e", "f"];
      for (const sk of sks) {
        const bytes = new Uint8Array(390_000).fill(sk.charCodeAt(0));
        await store.commit([
          { type: "put", key: { pk, sk }, value: {}, bytes, condition: { type: "absent" } },
        ]);
      }
      expect(await keysOf(store, { pk, limit: 5 })).toEqual(sks.slice(0, 5));
      const { items, after } = await store.query({ pk, limit: 6, from: "a" });
      expect(items.map(({ bytes }) => bytes?.byteLength)).toEqual(sks.map(() => 390_000));
      expect(after).toBeUndefined();
    });

    test("any bounds give what filtering the whole partition gives", async () => {
      const { store } = opened();
      const letter = fc.constantFrom("a", "b", "\u0000", "~", "é", "\ue000", "\u{10000}", "\u{10ffff}");
      const word = fc.array(letter, { minLength: 1, maxLength: 3 }).map((letters) => letters.join(""));
      const all = [...new Set([...IN_BYTE_ORDER, ...fc.sample(word, { numRuns: 60, seed: 1 })])];
      const pk = await filled(all);
      const bound = fc.option(word, { nil: undefined });
      const range = fc.record({ prefix: bound, from: bound, to: bound, after: bound, reverse: fc.boolean() });

      await fc.assert(
        fc.asyncProperty(range, fc.integer({ min: 1, max: 30 }), async (bounds, limit) => {
          const given = Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined));
          const expected = filtered(all, bounds);
          const page = await store.query({ pk, limit, ...given });
          expect(page.items.map(({ key }) => key.sk)).toEqual(expected.slice(0, limit));
          expect(page.after).toBe(expected.length > limit ? expected[limit - 1] : undefined);
        }),
        { numRuns: 150 },
      );
    });
  });
}

interface Bounds {
  readonly prefix: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly after: string | undefined;
  readonly reverse: boolean;
}

/** The definition of a range, word by word. */
function filtered(all: readonly string[], { prefix, from, to, after, reverse }: Bounds): string[] {
  const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const seen = (sk: string): boolean =>
    after !== undefined && (reverse ? compare(sk, after) >= 0 : compare(sk, after) <= 0);
  const found = all
    .filter((sk) => prefix === undefined || sk.startsWith(prefix))
    .filter((sk) => from === undefined || compare(sk, from) >= 0)
    .filter((sk) => to === undefined || compare(sk, to) < 0)
    .filter((sk) => !seen(sk))
    .sort(compare);
  return reverse ? found.toReversed() : found;
}
