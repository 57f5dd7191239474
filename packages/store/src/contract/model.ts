/** Random commits do to a store what they do to a Map. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CommitResult, Condition, Item, Store, Write } from "../port.ts";
import { type Context, type FakeClock, fakeClock, ownPartition } from "./context.ts";

/** The store in a few lines, without limits and without haste. */
class Model {
  readonly #items = new Map<string, Item>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  live(sk: string): Item | undefined {
    const item = this.#items.get(sk);
    return item?.expiresAt !== undefined && item.expiresAt <= this.#clock.now() ? undefined : item;
  }

  all(): Item[] {
    return [...this.#items.keys()].sort().flatMap((sk) => this.live(sk) ?? []);
  }

  commit(writes: readonly Write[]): CommitResult {
    for (const [index, { key, condition }] of writes.entries()) {
      const item = this.live(key.sk);
      if (!satisfied(condition, item)) {
        return { type: "conflict", index, ...(item ? { item } : {}) };
      }
    }
    for (const write of writes) {
      this.#apply(write);
    }
    return { type: "committed" };
  }

  #apply(write: Write): void {
    if (write.type === "delete") {
      this.#items.delete(write.key.sk);
    }
    if (write.type === "put") {
      const { type: _, condition, ...content } = write;
      const before = condition.type === "absent" ? 0 : (this.#items.get(write.key.sk)?.version ?? 0);
      this.#items.set(write.key.sk, { ...content, version: before + 1 });
    }
  }
}

function satisfied(condition: Condition, item: Item | undefined): boolean {
  if (condition.type === "none") {
    return true;
  }
  if (condition.type === "version") {
    return item !== undefined && item.version === condition.version;
  }
  return (condition.type === "present") === (item !== undefined);
}

/** One step: time passes, then a commit. `expiresIn` is relative, and may have come already. */
interface Step {
  readonly pause: number;
  readonly writes: readonly (readonly [sk: string, make: (pk: string, sk: string, now: number) => Write])[];
}

const condition = fc.oneof(
  fc.constantFrom<Condition>({ type: "absent" }, { type: "present" }, { type: "none" }),
  fc.integer({ min: 1, max: 4 }).map((version): Condition => ({ type: "version", version })),
);

const make = fc.oneof(
  fc
    .record({
      condition,
      n: fc.integer(),
      bytes: fc.boolean(),
      expiresIn: fc.option(fc.integer({ min: -2, max: 6 })),
    })
    .map(
      ({ condition, n, bytes, expiresIn }) =>
        (pk: string, sk: string, now: number): Write => ({
          type: "put",
          key: { pk, sk },
          value: { n },
          condition,
          ...(bytes ? { bytes: Uint8Array.of(n & 255) } : {}),
          ...(expiresIn === null ? {} : { expiresAt: now + expiresIn }),
        }),
    ),
  condition.map(
    (condition) =>
      (pk: string, sk: string): Write => ({ type: "delete", key: { pk, sk }, condition }),
  ),
  condition.map(
    (condition) =>
      (pk: string, sk: string): Write => ({
        type: "check",
        key: { pk, sk },
        condition: condition.type === "none" ? { type: "present" } : condition,
      }),
  ),
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 3 }),
    writes: fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), make), {
      selector: ([sk]) => sk,
      minLength: 1,
      maxLength: 4,
    }),
  }),
  { minLength: 1, maxLength: 15 },
);

export function modelContract({ open }: Context): void {
  describe("the model", () => {
    test("random commits have the same results and leave the same items", async () => {
      // Its own clock: over all runs it moves less than the minute after which a backend may sweep.
      const clock = fakeClock();
      const { store } = await open(clock);
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          const { observed, expected } = await run(store, clock, taken);
          expect(observed).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** What can be seen of the store and of the model after each step. */
async function run(store: Store, clock: FakeClock, taken: readonly Step[]) {
  const pk = ownPartition();
  const model = new Model(clock);
  const observed: unknown[] = [];
  const expected: unknown[] = [];
  for (const { pause, writes } of taken) {
    clock.advance(pause);
    const commit = writes.map(([sk, make]) => make(pk, sk, clock.now()));
    observed.push(await store.commit(commit), (await store.query({ pk, limit: 10 })).items);
    expected.push(model.commit(commit), model.all());
    observed.push(await store.get({ pk, sk: "a" }));
    expected.push(model.live("a"));
  }
  return { observed, expected };
}
